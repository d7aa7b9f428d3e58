// One report while it is written: the document, what it looks like now, saved shortly after each change.
import { fetchKept } from '../../client/kept-files.ts';
import type {
  ExportFormat,
  ReportBlock,
  ReportDocument,
  ReportPiece,
  RunChange,
} from '../../../shared/contract/app/reports.ts';
import type { Progress } from '../../../shared/contract/app/common.ts';
import type { KeptExport } from '../../../shared/contract/app/exports.ts';
import type { App } from '../../state/app.svelte.ts';
import type { NetworkChoice } from './block-choices.ts';
import type { NewBlock } from '../../state/report-desk.svelte.ts';

const SAVE_DELAY_MS = 500;

export class OpenReport {
  readonly id: string;
  document: ReportDocument | undefined = $state.raw();
  pieces: ReadonlyMap<string, readonly ReportPiece[]> = $state.raw(new Map());
  changes: readonly RunChange[] = $state.raw([]);
  metrics: readonly string[] = $state.raw([]);
  /** That an HTML file of it can carry. */
  networks: readonly NetworkChoice[] = $state.raw([]);
  error: unknown = $state.raw();
  isSaved = $state(true);
  readonly #app: App;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;

  constructor(app: App, id: string) {
    this.#app = app;
    this.id = id;
  }

  async load(): Promise<void> {
    try {
      const { document } = await this.#app.host.call('reports.get', { id: this.id });
      this.document = document;
      await this.#preview(document);
    } catch (error) {
      this.error = error;
    }
  }

  change(part: Partial<ReportDocument>): void {
    if (!this.document) return;
    this.document = { ...this.document, ...part };
    this.isSaved = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.save(), SAVE_DELAY_MS);
  }

  changeBlock(id: string, block: ReportBlock): void {
    const { blocks = [] } = this.document ?? {};
    this.change({ blocks: blocks.map((one) => (one.id === id ? block : one)) });
  }

  add(after: number, block: NewBlock): void {
    const { blocks = [] } = this.document ?? {};
    const taken = new Set(blocks.map(({ id }) => id));
    let number = blocks.length + 1;
    while (taken.has(`b${number}`)) number++;
    this.change({ blocks: blocks.toSpliced(after, 0, { ...block, id: `b${number}` }) });
  }

  remove(at: number): void {
    this.change({ blocks: (this.document?.blocks ?? []).toSpliced(at, 1) });
  }

  move(at: number, by: 1 | -1): void {
    const blocks = this.document?.blocks ?? [];
    const block = blocks[at];
    const to = at + by;
    if (!block || to < 0 || to >= blocks.length) return;
    this.change({ blocks: blocks.toSpliced(at, 1).toSpliced(to, 0, block) });
  }

  async save(): Promise<void> {
    clearTimeout(this.#timer);
    const { document } = this;
    if (!document || this.isSaved) return;
    try {
      await this.#app.host.call('reports.save', { id: this.id, document });
      // What was typed meanwhile has a timer of its own.
      if (this.document === document) this.isSaved = true;
      this.error = undefined;
      await this.#preview(document);
    } catch (error) {
      this.error = error;
    }
  }

  async refresh(): Promise<void> {
    await this.save();
    await this.#app.host.call('reports.refresh', { id: this.id });
    await this.load();
  }

  /** All files of a form, put together from pieces; `signal` cancels. */
  async export(
    format: ExportFormat,
    options: {
      readonly withCheckpoints: boolean;
      readonly signal: AbortSignal;
      readonly onProgress: (progress: Progress) => void;
    },
  ): Promise<readonly File[]> {
    const { withCheckpoints, signal, onProgress } = options;
    await this.save();
    const { host } = this.#app;
    let made: KeptExport | undefined;
    await new Promise<void>((resolve, reject) => {
      const end = host.subscribe(
        'reports.export',
        { id: this.id, format, withCheckpoints },
        {
          onEvent: (event) => {
            if (event.kind === 'progress') onProgress(event.progress);
            else made = event.kept;
          },
          onEnd: (error) => (error === undefined ? resolve() : reject(error)),
        },
      );
      // Not called at the end of what we end ourselves.
      signal.addEventListener('abort', () => {
        end();
        resolve();
      });
    });
    return made === undefined || signal.aborted ? [] : fetchKept(host, made);
  }

  async #preview(document: ReportDocument): Promise<void> {
    const turn = ++this.#turn;
    const { host } = this.#app;
    const { blocks, changes, metrics, networks } = await host.call('reports.preview', { document });
    if (turn !== this.#turn) return;
    this.pieces = new Map(blocks.map(({ id, pieces }) => [id, pieces]));
    this.changes = changes;
    this.metrics = metrics;
    this.networks = networks;
  }
}
