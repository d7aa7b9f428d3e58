// The curves of several groups of runs on one page: fetched when a group is chosen, let go when it no
// longer is, kept up to date while runs are live.
import { SvelteMap } from 'svelte/reactivity';
import type { RunStatus } from '../../shared/contract/run-status.ts';
import type { AxisRange } from '../../shared/figures/axis-range.ts';
import type { App } from '../state/app.svelte.ts';
import {
  CurveSource,
  type CurvesByKey,
  type CurveView,
  type CurveWish,
} from './curve-source.svelte.ts';

/** Runs that make one curve of each wish. */
export interface ChosenRuns {
  readonly key: string;
  readonly runs: readonly string[];
  readonly wishes: readonly CurveWish[];
}

interface Held {
  readonly runs: ReadonlySet<string>;
  readonly source: CurveSource;
}

export class CurvePool {
  readonly #app: App;
  readonly #maxPoints: number;
  readonly #held = new SvelteMap<string, Held>();
  readonly #statuses = new Map<string, RunStatus>();
  readonly #stopListening: () => void;

  constructor(app: App, { maxPoints }: { readonly maxPoints: number }) {
    this.#app = app;
    this.#maxPoints = maxPoints;
    this.#stopListening = app.runs.onEvent((event) => {
      if (event.kind === 'points') {
        for (const source of this.#sourcesOf(event.id)) source.onPoints();
      }
      if (event.kind === 'changed') this.#onStatus(event.run.id, event.run.status);
    });
  }

  /** Exactly these from now on. */
  choose(groups: readonly ChosenRuns[], view: CurveView): void {
    const wanted = new Map(groups.map((group) => [keyOf(group), group] as const));
    for (const [key, { source }] of this.#held) {
      if (wanted.has(key)) continue;
      source.close();
      this.#held.delete(key);
    }
    const { host, pace } = this.#app;
    for (const [key, { runs, wishes }] of wanted) {
      const held = this.#held.get(key);
      if (held) {
        held.source.setView(view);
        continue;
      }
      const options = { host, pace, runs, wishes, view, maxPoints: this.#maxPoints };
      this.#held.set(key, { runs: new Set(runs), source: new CurveSource(options) });
    }
  }

  look(range: AxisRange | null): void {
    for (const { source } of this.#held.values()) source.look(range);
  }

  curvesOf(group: Pick<ChosenRuns, 'key' | 'runs'>): CurvesByKey | undefined {
    return this.#held.get(keyOf(group))?.source.curves;
  }

  /** True until every chosen group has answered once. */
  get isLoading(): boolean {
    return [...this.#held.values()].some(({ source }) => !source.isLoaded);
  }

  get error(): unknown {
    return [...this.#held.values()].find(({ source }) => source.error !== undefined)?.source.error;
  }

  close(): void {
    this.#stopListening();
    for (const { source } of this.#held.values()) source.close();
  }

  /** A run that has finished is in means from then on. */
  #onStatus(id: string, status: RunStatus): void {
    const before = this.#statuses.get(id);
    if (before === status) return;
    this.#statuses.set(id, status);
    for (const source of this.#sourcesOf(id)) source.reload();
  }

  #sourcesOf(id: string): CurveSource[] {
    return [...this.#held.values()].flatMap(({ runs, source }) => (runs.has(id) ? [source] : []));
  }
}

function keyOf({ key, runs }: Pick<ChosenRuns, 'key' | 'runs'>): string {
  return `${key}\n${runs.join(' ')}`;
}
