// How the pointer moves through a line chart: drag chooses a range of x, Shift-drag and Ctrl-wheel pan
// and zoom, in every chart of the page at once, and never beyond what there is. Pure but for the callbacks
// it is given.
import type { Chart } from 'chart.js';
import type { ZoomPluginOptions } from 'chartjs-plugin-zoom/types/options';
import type { AxisRange } from '../../shared/figures/axis-range.ts';
import { withOpacity, type ChartTheme } from './theme.ts';

export function zoomOptions(
  theme: ChartTheme,
  view: {
    /** The axis when nothing is zoomed. */
    readonly whole: AxisRange;
    /** Null is all of it. */
    readonly onRange: (range: AxisRange | null) => void;
    /** Between the first and the last range of a pan. */
    readonly onMoving: (isMoving: boolean) => void;
    /** Before a range that others may follow at once. */
    readonly onStep: () => void;
  },
): ZoomPluginOptions {
  const { whole, onRange, onMoving, onStep } = view;
  const tell = ({ chart }: { chart: Chart }): void => {
    const x = chart.scales['x'];
    if (!x) return;
    const isWhole = x.min <= whole.min && x.max >= whole.max;
    onRange(isWhole ? null : { min: x.min, max: x.max });
  };
  return {
    limits: { x: { ...whole } },
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
      onZoomStart: ({ event }) => {
        if (event.type === 'wheel') onStep();
        return true;
      },
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
