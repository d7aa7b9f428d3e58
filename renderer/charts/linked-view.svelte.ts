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

/** Longer than a finger takes from one notch of a wheel to the next. */
const SETTLE_MS = 250;

export class LinkedView {
  /** Null shows everything. Belongs to the kind of x it was drawn in. */
  range: AxisRange | null = $state.raw(null);
  /** While someone pans or zooms. What counts then is that no frame is late: nothing finer is fetched. */
  isMoving = $state(false);
  #settling: ReturnType<typeof setTimeout> | undefined;
  /** The place of x under the pointer, in whichever chart of the page. */
  cursor: number | null = $state(null);
  readonly hidden = new SvelteSet<string>();

  /** One of several small zooms: moving until no other follows. */
  step(): void {
    this.isMoving = true;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => (this.isMoving = false), SETTLE_MS);
  }

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

  /** The very same list while nothing is hidden, so that nobody prepares it again. */
  visible<Item extends { readonly id: string }>(curves: readonly Item[]): readonly Item[] {
    return this.hidden.size === 0 ? curves : curves.filter(({ id }) => !this.hidden.has(id));
  }

  reset(): void {
    this.range = null;
  }
}
