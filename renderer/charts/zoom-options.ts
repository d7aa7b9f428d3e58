// How the pointer moves through a line chart: drag chooses a range of x, Shift-drag and Ctrl-wheel pan
// and zoom, in every chart of the page at once. Pure but for the callbacks it is given.
import type { Chart } from 'chart.js';
import type { ZoomPluginOptions } from 'chartjs-plugin-zoom/types/options';
import type { AxisRange } from '../../shared/figures/axis-range.ts';
import { withOpacity, type ChartTheme } from './theme.ts';
import { setMoving } from './trace-controller.ts';

export function zoomOptions(
  theme: ChartTheme,
  onRange: (range: AxisRange) => void,
): ZoomPluginOptions {
  const tell = ({ chart }: { chart: Chart }): void => {
    const x = chart.scales['x'];
    if (x) onRange({ min: x.min, max: x.max });
  };
  return {
    zoom: {
      mode: 'x',
      drag: {
        enabled: true,
        threshold: 5,
        backgroundColor: withOpacity(theme.accent, 0.12),
        borderColor: withOpacity(theme.accent, 0.6),
        borderWidth: 1,
      },
      wheel: { enabled: true, modifierKey: 'ctrl', speed: 0.1 },
      onZoom: tell,
    },
    pan: {
      enabled: true,
      mode: 'x',
      modifierKey: 'shift',
      onPanStart: ({ chart }) => {
        setMoving(chart, true);
        return true;
      },
      onPan: tell,
      onPanComplete: ({ chart }) => {
        setMoving(chart, false);
        tell({ chart });
      },
    },
  };
}
