// All runs as the host knows them: listed once, then kept up to date by its events. Rows are replaced,
// never changed in place, so that long lists cost no deep proxies.
import { SvelteMap } from 'svelte/reactivity';
import type { Progress } from '../../shared/contract/app/common.ts';
import { isNews, runOf } from '../../shared/contract/app/run-growth.ts';
import type { RunEvent, RunProgress, RunRow } from '../../shared/contract/app/runs.ts';
import type { Host } from '../client/host.ts';
import type { LivePace } from './live-pace.ts';
import {
  giveColours,
  lookOfRun,
  RUN_COLOURS,
  type RunColours,
  type RunLook,
} from '../../shared/compare/run-looks.ts';
import type { SettingsStore, View } from './settings.svelte.ts';

interface RunsStoreParts {
  readonly host: Host;
  readonly settings: SettingsStore;
  readonly pace: LivePace;
}

export class RunsStore {
  /** Newest first. */
  rows: readonly RunRow[] = $state.raw([]);
  isLoaded = $state(false);
  /** Runs of the library that can't be listed: their records are damaged. */
  damaged: readonly string[] = $state.raw([]);
  readonly queue: readonly RunRow[] = $derived(
    this.rows
      .filter((run) => run.status === 'queued')
      .sort((a, b) => (a.queuePosition ?? 0) - (b.queuePosition ?? 0)),
  );
  readonly running: readonly RunRow[] = $derived(
    this.rows.filter((run) => run.status === 'running'),
  );
  readonly #byId = $derived(new Map(this.rows.map((run) => [run.id, run])));
  /** How many runs have this name and seed. */
  readonly #namesakes = $derived(countBy(this.rows, nameAndSeed));
  readonly #progress = new SvelteMap<string, RunProgress>();
  readonly #preparing = new SvelteMap<string, Progress>();
  readonly #listeners = new Set<(event: RunEvent) => void>();
  readonly #colours: View<RunColours>;
  readonly #host: Host;
  readonly #pace: LivePace;
  /** What changes all the time, until the pace shows it: of each kind and run the latest. */
  readonly #held = new Map<string, RunEvent>();

  constructor({ host, settings, pace }: RunsStoreParts) {
    this.#host = host;
    this.#pace = pace;
    this.#colours = settings.view<RunColours>(RUN_COLOURS, {});
  }

  /** Listens first, then lists, so that nothing between the two is missed. Returns what ends it. */
  start(onEnd: (error: Error | undefined) => void): () => void {
    return this.#host.subscribe(
      'runs.events',
      {},
      { onEvent: (event) => this.#take(event), onEnd },
    );
  }

  async load(): Promise<void> {
    const { runs, damaged } = await this.#host.call('runs.list', {});
    this.damaged = damaged;
    this.rows = runs.toSorted(newestFirst);
    this.#nameColours();
    this.isLoaded = true;
  }

  find(id: string): RunRow | undefined {
    return this.#byId.get(id);
  }

  /** What tells a run from others of its name: its seed, and where that is the same the end of its id. */
  tagOf(run: RunRow): string {
    const isImported = run.imported !== null && run.imported !== undefined;
    const seed = isImported || /\bseed[ =]?\d/i.test(run.name) ? [] : [`seed ${run.seed}`];
    const isTwin = (this.#namesakes.get(nameAndSeed(run)) ?? 0) > 1;
    return [...seed, ...(isTwin ? [run.id.slice(-4)] : [])].join(' · ');
  }

  /** How far a run is, while it runs. */
  progressOf(id: string): RunProgress | undefined {
    return this.#progress.get(id);
  }

  /** What is being made ready before the first step. */
  preparingOf(id: string): Progress | undefined {
    return this.#preparing.get(id);
  }

  get colours(): RunColours {
    return this.#colours.value;
  }

  lookOf(run: RunRow): RunLook {
    return lookOfRun(run, this.#colours.value);
  }

  /** Every event, after the rows know of it. */
  onEvent(listener: (event: RunEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #take(event: RunEvent): void {
    const id = runOf(event);
    if (!isNews(event, this.#byId.get(id))) {
      this.#held.set(`${event.kind} ${id}`, event);
      this.#pace.add(this, () => () => this.#showHeld());
      return;
    }
    // A row that is held back is older than this one. How far the run is stays known while it goes on:
    // news may come more often than the pace shows anything.
    if (event.kind !== 'evaluation') this.#held.delete(`changed ${id}`);
    if (event.kind === 'removed' || (event.kind === 'changed' && event.run.status !== 'running')) {
      for (const kind of ['progress', 'preparing']) this.#held.delete(`${kind} ${id}`);
    }
    this.#apply(event);
  }

  #showHeld(): void {
    const events = [...this.#held.values()];
    this.#held.clear();
    for (const event of events) this.#apply(event);
  }

  #apply(event: RunEvent): void {
    switch (event.kind) {
      case 'changed':
        this.#replace(event.run);
        break;
      case 'progress':
        this.#preparing.delete(event.id);
        this.#progress.set(event.id, event.progress);
        break;
      case 'preparing':
        this.#preparing.set(event.id, event.progress);
        break;
      case 'removed':
        this.rows = this.rows.filter((run) => run.id !== event.id);
        break;
      case 'points':
      case 'evaluation':
        break;
    }
    for (const listener of this.#listeners) listener(event);
  }

  #replace(run: RunRow): void {
    if (run.status !== 'running') {
      this.#progress.delete(run.id);
      this.#preparing.delete(run.id);
    }
    if (this.#byId.has(run.id)) {
      this.rows = this.rows.map((row) => (row.id === run.id ? run : row));
      return;
    }
    this.rows = [run, ...this.rows].sort(newestFirst);
    this.#nameColours();
  }

  #nameColours(): void {
    const given = this.#colours.value;
    const extended = giveColours(given, this.rows.toReversed());
    if (extended !== given) this.#colours.value = extended;
  }
}

function newestFirst(a: RunRow, b: RunRow): number {
  return a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0;
}

function nameAndSeed({ name, seed }: RunRow): string {
  return `${seed} ${name}`;
}

function countBy(rows: readonly RunRow[], keyOf: (run: RunRow) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
  return counts;
}
