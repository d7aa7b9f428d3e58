// What the charts of one page share: the x axis, the zoomed range, the place under the pointer,
// smoothing, and which curves are hidden. Knows nothing of a chart.
import { SvelteSet } from 'svelte/reactivity';
import type { AxisRange } from '../../shared/figures/axis-range.ts';
import type { Smoothing } from '../../shared/curves/smooth.ts';
import type { XKind } from '../../shared/curves/x-axis.ts';

/** The part that is remembered between visits. */
export interface ChartSettings {
  readonly x: XKind;
  readonly xScale: 'linear' | 'log';
  readonly smoothing: Smoothing;
  readonly isClipped: boolean;
}

export const DEFAULT_CHART_SETTINGS: ChartSettings = {
  x: 'step',
  xScale: 'linear',
  smoothing: { kind: 'ema', weight: 0.9 },
  isClipped: false,
};

export class LinkedView {
  /** Null shows everything. Belongs to the kind of x it was drawn in. */
  range: AxisRange | null = $state.raw(null);
  /** While someone pans. What counts then is that no frame is late: nothing finer is fetched. */
  isMoving = $state(false);
  /** The place of x under the pointer, in whichever chart of the page. */
  cursor: number | null = $state(null);
  readonly hidden = new SvelteSet<string>();

  toggle(id: string): void {
    if (!this.hidden.delete(id)) this.hidden.add(id);
  }

  /** Shows this one alone; once more shows all again. */
  isolate(id: string, all: readonly string[]): void {
    const others = all.filter((other) => other !== id);
    const isAlone = !this.hidden.has(id) && others.every((other) => this.hidden.has(other));
    this.hidden.clear();
    if (!isAlone) for (const other of others) this.hidden.add(other);
  }

  reset(): void {
    this.range = null;
  }
}
