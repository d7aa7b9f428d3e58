// Everything the page of one run holds: the run itself, its network, its series. Loads what is shown,
// and follows the host's events until it is closed.
import type { RunDetail, RunRow } from '../../../shared/contract/app/runs.ts';
import type { NetworkOutline } from '../../../shared/contract/app/zoo.ts';
import { LinkedView } from '../../charts/linked-view.svelte.ts';
import { CurveSource, type CurveView, type CurveWish } from '../../charts/curve-source.svelte.ts';
import { SeriesSource } from '../../charts/series-source.svelte.ts';
import type { App } from '../../state/app.svelte.ts';

/** Images a second, in the curves of a run. */
export const THROUGHPUT = 'throughput';
const CURVES: readonly CurveWish[] = [
  ...[
    ...['train/loss', 'train/accuracy', 'train/rate', 'val/loss', 'val/accuracy'],
    ...['train/reconstruction', 'train/divergence', 'val/reconstruction', 'val/divergence'],
    ...['train/loss-scale', 'train/skipped-steps'],
  ].map((series) => ({ key: series, series })),
  { key: THROUGHPUT, series: 'train/loss', reading: 'throughput' },
];
const CURVE_POINTS = 2000;
/** Rows of the heat map are pixels; more samples could not be seen. */
const BLOCK_POINTS = 2000;

export class RunState {
  readonly id: string;
  readonly view = new LinkedView();
  readonly curves: CurveSource;
  detail: RunDetail | undefined = $state.raw();
  error: unknown = $state.raw();
  outline: NetworkOutline | undefined = $state.raw();
  readonly row: RunRow | undefined;
  readonly #app: App;
  readonly #blocks = new Map<string, SeriesSource>();
  readonly #stopListening: () => void;

  constructor(app: App, id: string, view: CurveView) {
    this.#app = app;
    this.id = id;
    this.row = $derived(app.runs.find(id) ?? this.detail);
    const { host, pace } = app;
    this.curves = new CurveSource({
      ...{ host, pace, runs: [id], wishes: CURVES, view, maxPoints: CURVE_POINTS },
    });
    this.#stopListening = app.runs.onEvent((event) => {
      if (event.kind === 'points' && event.id === id) {
        this.curves.onPoints();
        for (const source of this.#blocks.values()) source.onPoints(event.step);
      }
      if (event.kind === 'changed' && event.run.id === id) this.#onChanged(event.run);
    });
    void this.load();
  }

  /** The series of one quantity over all blocks; asked for when it is first shown. */
  blocks(name: string): SeriesSource {
    const known = this.#blocks.get(name);
    if (known) return known;
    const { host, pace } = this.#app;
    const made = new SeriesSource({
      ...{ host, pace, id: this.id, names: [name], maxPoints: BLOCK_POINTS },
    });
    this.#blocks.set(name, made);
    return made;
  }

  async load(): Promise<void> {
    const { host } = this.#app;
    try {
      const detail = await host.call('runs.get', { id: this.id });
      this.detail = detail;
      this.error = undefined;
      if (this.outline === undefined && detail.data && detail.spec) {
        const { input, classes } = detail.data;
        const { outline } = await host.call('zoo.outline', {
          spec: detail.spec.architecture,
          input,
          classes: classes.length,
        });
        this.outline = outline;
      }
    } catch (error) {
      this.error = error;
    }
  }

  close(): void {
    this.#stopListening();
    for (const source of this.#sources()) source.close();
  }

  #onChanged(run: RunRow): void {
    const before = this.detail;
    const isNews =
      before === undefined ||
      before.status !== run.status ||
      before.totalSteps !== run.totalSteps ||
      before.data === null ||
      before.prepared === null;
    if (isNews) void this.load();
    if (before !== undefined && before.status !== run.status) {
      for (const source of this.#sources()) source.reload();
    }
  }

  #sources(): readonly (CurveSource | SeriesSource)[] {
    return [this.curves, ...this.#blocks.values()];
  }
}
