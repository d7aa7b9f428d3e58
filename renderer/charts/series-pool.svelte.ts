// The series of several runs for heat maps: fetched when a run is chosen, let go when it no longer is, kept
// up to date while runs are live.
import { SvelteMap } from 'svelte/reactivity';
import type { App } from '../state/app.svelte.ts';
import { SeriesSource, type SeriesByName } from './series-source.svelte.ts';

export class SeriesPool {
  readonly #app: App;
  readonly #names: readonly string[];
  readonly #maxPoints: number;
  readonly #sources = new SvelteMap<string, SeriesSource>();
  readonly #stopListening: () => void;

  constructor(
    app: App,
    options: { readonly names: readonly string[]; readonly maxPoints: number },
  ) {
    this.#app = app;
    this.#names = options.names;
    this.#maxPoints = options.maxPoints;
    this.#stopListening = app.runs.onEvent((event) => {
      if (event.kind === 'points') this.#sources.get(event.id)?.onPoints(event.step);
    });
  }

  /** Exactly these runs from now on. */
  choose(ids: ReadonlySet<string>): void {
    for (const [id, source] of this.#sources) {
      if (ids.has(id)) continue;
      source.close();
      this.#sources.delete(id);
    }
    for (const id of ids) {
      if (this.#sources.has(id)) continue;
      const { host, pace } = this.#app;
      const options = { host, pace, id, names: this.#names, maxPoints: this.#maxPoints };
      this.#sources.set(id, new SeriesSource(options));
    }
  }

  seriesOf(id: string): SeriesByName | undefined {
    return this.#sources.get(id)?.series;
  }

  /** True until every chosen run has answered once. */
  get isLoading(): boolean {
    return [...this.#sources.values()].some((source) => !source.isLoaded);
  }

  close(): void {
    this.#stopListening();
    for (const source of this.#sources.values()) source.close();
  }
}
