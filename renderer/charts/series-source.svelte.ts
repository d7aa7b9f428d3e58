// Series of one run for heat maps: thinned out by the host, kept up to date while the run is live. One
// request at a time. Curves have a source of their own, which computes nothing from thinned points.
import type { SeriesData } from '../../shared/contract/app/runs.ts';
import type { Host } from '../client/host.ts';
import type { LivePace, Show } from '../state/live-pace.ts';
import { appendSeries } from '../../shared/curves/series-merge.ts';

export type SeriesByName = ReadonlyMap<string, SeriesData>;

interface SourceOptions {
  readonly host: Host;
  readonly pace: LivePace;
  readonly id: string;
  readonly names: readonly string[];
  readonly maxPoints: number;
}

export class SeriesSource {
  isLoaded = $state(false);
  error: unknown = $state.raw();
  series: SeriesByName = $state.raw(new Map());
  readonly #options: SourceOptions;
  #isBusy = false;
  #isStale = false;
  #mustReload = true;
  /** Of the newest request: what an older one brought is not shown after it. */
  #turn = 0;
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

  close(): void {
    this.#isClosed = true;
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
        this.series = overview;
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
    const next = new Map(this.series);
    let isTooFine = false;
    for (const added of more) {
      const known = next.get(added.name);
      const whole = known ? appendSeries(known, added) : added;
      next.set(added.name, whole);
      isTooFine ||= whole.steps.length > maxPoints * 2;
    }
    return isTooFine ? this.#askForAll() : next;
  }

  async #ask(request: {
    readonly id: string;
    readonly maxPoints?: number;
    readonly fromStep?: number;
  }): Promise<readonly SeriesData[]> {
    const names = [...this.#options.names];
    const { series } = await this.#options.host.call('runs.series', { ...request, names });
    return series;
  }

  #lastStep(): number {
    let last = -1;
    for (const { steps } of this.series.values()) last = Math.max(last, steps.at(-1) ?? -1);
    return last;
  }
}

function showNothing(): void {
  return;
}

function byName(series: readonly SeriesData[]): SeriesByName {
  return new Map(series.map((one) => [one.name, one]));
}
