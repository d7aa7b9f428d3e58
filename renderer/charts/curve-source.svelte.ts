// The curves of some runs as the page has them: made by the host from all points for this page's width,
// kept up to date while a run is live, and with finer points where someone zoomed in. One request at a time.
import type { AxisRange } from '../../shared/figures/axis-range.ts';
import { refined, type CurveData } from '../../shared/curves/curve-data.ts';
import type { CurveQuery } from '../../shared/contract/app/curves.ts';
import type { Smoothing } from '../../shared/curves/smooth.ts';
import type { XKind } from '../../shared/curves/x-axis.ts';
import type { SpreadKind } from '../../shared/stats/summary.ts';
import type { Host } from '../client/host.ts';
import type { LivePace, Show } from '../state/live-pace.ts';

/** What of the runs, besides `runs` themselves. */
export type CurveWish = Pick<CurveQuery, 'series' | 'component' | 'reading'> & {
  /** Names it in the answer. */
  readonly key: string;
};

/** How all of them are looked at. */
export interface CurveView {
  readonly x: XKind;
  readonly smoothing: Smoothing;
  readonly spread?: SpreadKind;
  readonly drawn?: 'band' | 'traces' | 'both';
}

export type CurvesByKey = ReadonlyMap<string, CurveData>;

interface SourceOptions {
  readonly host: Host;
  readonly pace: LivePace;
  /** The curve is their mean; a single one is drawn as it is. */
  readonly runs: readonly string[];
  readonly wishes: readonly CurveWish[];
  readonly view: CurveView;
  readonly maxPoints: number;
}

interface Loaded {
  readonly view: CurveView;
  readonly curves: CurvesByKey;
  readonly finer: { readonly range: AxisRange; readonly curves: CurvesByKey } | null;
}

const REFINE_DELAY_MS = 150;
const NOTHING: CurvesByKey = new Map();

export class CurveSource {
  isLoaded = $state(false);
  error: unknown = $state.raw();
  #loaded: Loaded | undefined = $state.raw();
  /** What to draw. Curves that have not changed are the same objects. */
  readonly curves: CurvesByKey = $derived.by(() => {
    const { curves = NOTHING, finer = null } = this.#loaded ?? {};
    if (!finer) return curves;
    return new Map(
      [...curves].map(([key, whole]) => {
        const detail = finer.curves.get(key);
        return [key, detail ? refined(whole, detail, finer.range) : whole];
      }),
    );
  });
  readonly #options: SourceOptions;
  #view: CurveView;
  #range: AxisRange | null = null;
  #isBusy = false;
  #isStale = false;
  #refineTimer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(options: SourceOptions) {
    this.#options = options;
    this.#view = options.view;
    this.reload();
  }

  /** New points are in the library. */
  onPoints(): void {
    this.#options.pace.add(this, () => this.#load());
  }

  reload(): void {
    this.#options.pace.now(() => this.#load());
  }

  setView(view: CurveView): void {
    if (isSameView(view, this.#view)) return;
    this.#view = view;
    this.reload();
  }

  /** Fetches what is in view with more points; null goes back to the overview. */
  look(range: AxisRange | null): void {
    if (isSameRange(range, this.#range)) return;
    clearTimeout(this.#refineTimer);
    this.#range = range;
    if (range === null) {
      if (this.#loaded) this.#loaded = { ...this.#loaded, finer: null };
      return;
    }
    this.#refineTimer = setTimeout(() => {
      const isThinned = [...this.curves.values()].some((curve) => curve.isThinned);
      if (isThinned || !this.isLoaded) this.reload();
    }, REFINE_DELAY_MS);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#refineTimer);
  }

  async #load(): Promise<Show> {
    if (this.#isClosed) return showNothing;
    if (this.#isBusy) {
      this.#isStale = true;
      return showNothing;
    }
    this.#isBusy = true;
    try {
      const loaded = await this.#ask();
      return this.#showing(() => {
        // Another range may have been looked at meanwhile.
        const isInView = isSameRange(loaded.finer?.range ?? null, this.#range);
        this.#loaded = isInView ? loaded : { ...loaded, finer: null };
        this.error = undefined;
      });
    } catch (error) {
      return this.#showing(() => (this.error = error));
    } finally {
      this.#isBusy = false;
      if (this.#isStale) {
        this.#isStale = false;
        this.reload();
      }
    }
  }

  #showing(show: Show): Show {
    return () => {
      if (this.#isClosed) return;
      show();
      this.isLoaded = true;
    };
  }

  async #ask(): Promise<Loaded> {
    const view = this.#view;
    const range = this.#range;
    const before = this.#loaded;
    const known = before && isSameView(before.view, view) ? before.curves : NOTHING;
    const curves = kept(await this.#read(view, this.#options.wishes, null), known);
    const thinned = this.#options.wishes.filter(({ key }) => curves.get(key)?.isThinned);
    if (range === null || thinned.length === 0) return { view, curves, finer: null };
    return { view, curves, finer: { range, curves: await this.#read(view, thinned, range) } };
  }

  async #read(
    view: CurveView,
    wishes: readonly CurveWish[],
    range: AxisRange | null,
  ): Promise<CurvesByKey> {
    const { host, runs, maxPoints } = this.#options;
    const { curves } = await host.call('curves.read', {
      curves: wishes.map(({ series, component, reading }) => ({
        ...{ runs: [...runs], series, ...view, range, maxPoints },
        ...(component === undefined ? {} : { component }),
        ...(reading === undefined ? {} : { reading }),
      })),
    });
    return new Map(
      wishes.flatMap(({ key }, i) => {
        const curve = curves[i];
        return curve ? [[key, curve] as const] : [];
      }),
    );
  }
}

/** What has not changed is not made and drawn anew. */
function kept(curves: CurvesByKey, known: CurvesByKey): CurvesByKey {
  return new Map(
    [...curves].map(([key, curve]) => {
      const before = known.get(key);
      return [key, before?.mark === curve.mark ? before : curve];
    }),
  );
}

function isSameView(a: CurveView, b: CurveView): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isSameRange(a: AxisRange | null, b: AxisRange | null): boolean {
  return a?.min === b?.min && a?.max === b?.max;
}

function showNothing(): void {
  return;
}
