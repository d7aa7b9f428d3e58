// How the pointer moves through a line chart: drag chooses a range of x, Shift-drag and Ctrl-wheel pan
// and zoom, in every chart of the page at once. Pure but for the callbacks it is given.
import type { Chart } from 'chart.js';
import type { ZoomPluginOptions } from 'chartjs-plugin-zoom/types/options';
import type { AxisRange } from '../../shared/figures/axis-range.ts';
import { withOpacity, type ChartTheme } from './theme.ts';

export function zoomOptions(
  theme: ChartTheme,
  view: {
    readonly onRange: (range: AxisRange) => void;
    /** Between the first and the last of a row of ranges. */
    readonly onMoving: (isMoving: boolean) => void;
  },
): ZoomPluginOptions {
  const { onRange, onMoving } = view;
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
      onPanStart: () => {
        onMoving(true);
        return true;
      },
      onPan: tell,
      onPanComplete: ({ chart }) => {
        onMoving(false);
        tell({ chart });
      },
    },
  };
}
