// The parts of Chart.js that this app uses, registered once; the rest stays out of the bundle.
import {
  CategoryScale,
  Chart,
  LinearScale,
  LogarithmicScale,
  PointElement,
  Tooltip,
} from 'chart.js';
import { MatrixController, MatrixElement } from 'chartjs-chart-matrix';
import annotation from 'chartjs-plugin-annotation';
import zoom from 'chartjs-plugin-zoom';
import { curvePicture } from './curve-picture.ts';
import { TraceController } from './trace-controller.ts';

let isDone = false;

export function registerCharts(): void {
  if (isDone) return;
  isDone = true;
  Chart.register(
    LinearScale,
    LogarithmicScale,
    CategoryScale,
    PointElement,
    Tooltip,
    TraceController,
    curvePicture,
    MatrixController,
    MatrixElement,
    annotation,
    zoom,
  );
}
