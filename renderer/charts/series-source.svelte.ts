// The series of one run as the page has them: an overview thinned out by the host, kept up to date
// while the run is live, and the visible part in full where someone zoomed in. One request at a time.
import type { SeriesData } from '../../shared/contract/app/runs.ts';
import type { StepRange } from '../../shared/curves/run-curves.ts';
import type { Host } from '../client/host.ts';
import type { LivePace, Show } from '../state/live-pace.ts';
import { appendSeries, refineSeries } from '../../shared/curves/series-merge.ts';

export type SeriesByName = ReadonlyMap<string, SeriesData>;

interface SourceOptions {
  readonly host: Host;
  readonly pace: LivePace;
  readonly id: string;
  readonly names: readonly string[];
  readonly maxPoints: number;
}

const REFINE_DELAY_MS = 150;

export class SeriesSource {
  isLoaded = $state(false);
  error: unknown = $state.raw();
  #overview: SeriesByName = $state.raw(new Map());
  #finer: { readonly range: StepRange; readonly series: SeriesByName } | null = $state.raw(null);
  /** What to draw. */
  readonly series: SeriesByName = $derived.by(() => {
    const finer = this.#finer;
    if (!finer) return this.#overview;
    return new Map(
      [...this.#overview].map(([name, known]) => {
        const detail = finer.series.get(name);
        return [name, detail ? refineSeries(known, detail, finer.range) : known];
      }),
    );
  });
  readonly #options: SourceOptions;
  #isBusy = false;
  #isStale = false;
  #mustReload = true;
  /** Of the newest request: what an older one brought is not shown after it. */
  #turn = 0;
  #refineTimer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(options: SourceOptions) {
    this.#options = options;
    this.#loadNow();
  }

  /** New points are in the library up to `step`; a lower step than known means that it went back. */
  onPoints(step: number): void {
    if (step < this.#lastStep()) this.#mustReload = true;
    this.#options.pace.add(this, () => this.#load());
  }

  reload(): void {
    this.#mustReload = true;
    this.#loadNow();
  }

  /** Fetches what is in view in full; null goes back to the overview. */
  look(range: StepRange | null): void {
    clearTimeout(this.#refineTimer);
    this.#refineTimer = undefined;
    if (range === null) {
      this.#finer = null;
      return;
    }
    this.#refineTimer = setTimeout(
      () => this.#options.pace.now(() => this.#refine(range)),
      REFINE_DELAY_MS,
    );
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#refineTimer);
  }

  #loadNow(): void {
    this.#options.pace.now(() => this.#load());
  }

  async #load(): Promise<Show> {
    if (this.#isClosed) return showNothing;
    if (this.#isBusy) {
      this.#isStale = true;
      return showNothing;
    }
    this.#isBusy = true;
    const turn = ++this.#turn;
    try {
      const overview = await (this.#mustReload ? this.#askForAll() : this.#askForNew());
      return this.#showing(turn, () => {
        this.#overview = overview;
        this.error = undefined;
      });
    } catch (error) {
      return this.#showing(turn, () => (this.error = error));
    } finally {
      this.#isBusy = false;
      if (this.#isStale) {
        this.#isStale = false;
        this.#loadNow();
      }
    }
  }

  #showing(turn: number, show: Show): Show {
    return () => {
      if (turn !== this.#turn || this.#isClosed) return;
      show();
      this.isLoaded = true;
    };
  }

  async #askForAll(): Promise<SeriesByName> {
    this.#mustReload = false;
    const { id, maxPoints } = this.#options;
    return byName(await this.#ask({ id, maxPoints }));
  }

  async #askForNew(): Promise<SeriesByName> {
    const { id, maxPoints } = this.#options;
    // The last known step once more: a measurement of the same step may have come after the others.
    const more = await this.#ask({ id, fromStep: Math.max(0, this.#lastStep()) });
    const next = new Map(this.#overview);
    let isTooFine = false;
    for (const added of more) {
      const known = next.get(added.name);
      const whole = known ? appendSeries(known, added) : added;
      next.set(added.name, whole);
      isTooFine ||= whole.steps.length > maxPoints * 2;
    }
    return isTooFine ? this.#askForAll() : next;
  }

  async #refine(range: StepRange): Promise<Show> {
    // Nothing was left out of the overview: it is as fine as it gets.
    const isThinned = [...this.#overview.values()].some(
      ({ pointCount, steps }) => pointCount > steps.length,
    );
    if (!isThinned) return showNothing;
    const { id, maxPoints } = this.#options;
    const timer = this.#refineTimer;
    try {
      const series = byName(await this.#ask({ id, ...range, maxPoints }));
      return () => {
        // Another range may have been looked at meanwhile.
        if (timer === this.#refineTimer && !this.#isClosed) this.#finer = { range, series };
      };
    } catch (error) {
      return () => (this.error = error);
    }
  }

  async #ask(
    request: { readonly id: string; readonly maxPoints?: number } & Partial<StepRange>,
  ): Promise<readonly SeriesData[]> {
    const names = [...this.#options.names];
    const { series } = await this.#options.host.call('runs.series', { ...request, names });
    return series;
  }

  #lastStep(): number {
    let last = -1;
    for (const { steps } of this.#overview.values()) last = Math.max(last, steps.at(-1) ?? -1);
    return last;
  }
}

function showNothing(): void {
  return;
}

function byName(series: readonly SeriesData[]): SeriesByName {
  return new Map(series.map((one) => [one.name, one]));
}
