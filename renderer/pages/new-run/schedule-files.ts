// The schedule of a recipe as files: its picture with axes, which the sketch on the page has no room for,
// and its numbers.
import { chartCsv } from '../../charts/chart-csv.ts';
import { plainCurve, type Curve } from '../../charts/curve.ts';
import { chartPng } from '../../charts/export.ts';
import { buildLineChart } from '../../charts/line-chart.ts';
import { registerCharts } from '../../charts/register.ts';
import type { ChartTheme } from '../../charts/theme.ts';
import { X_TITLES } from '../../../shared/curves/x-axis.ts';
import type { ScheduleCurve } from './schedule-curve.ts';

const TITLE = 'Learning rate';
/** As wide as a chart of a run at a usual window. */
const SIZE_PX = { width: 640, height: 280 };

export function schedulePng(schedule: ScheduleCurve, theme: ChartTheme): Promise<Blob> {
  registerCharts();
  const config = buildLineChart({
    figure: {
      ...{ label: TITLE, xTitle: X_TITLES.step, yTitle: TITLE, xKind: 'step' },
      curves: [curveOfSchedule(schedule)],
    },
    theme,
    // The only curve bears the title's name.
    hasLegend: true,
  });
  return chartPng(SIZE_PX, config, { title: TITLE, theme });
}

export function scheduleCsv(schedule: ScheduleCurve): string {
  return chartCsv([{ ...curveOfSchedule(schedule), band: null }], { name: 'step' }, TITLE);
}

function curveOfSchedule({ samples }: ScheduleCurve): Curve {
  const x = Float64Array.from(samples, ({ step }) => step);
  const y = Float32Array.from(samples, ({ rate }) => rate);
  return plainCurve({ id: 'rate', label: TITLE, colour: 0 }, { x, y });
}
