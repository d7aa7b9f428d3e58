// The scan of one dataset: progress, then the report; leaving the page or Cancel ends it on the host.
import type { DataOptions, DatasetReport } from '../../../shared/contract/app/datasets.ts';
import type { Progress } from '../../../shared/contract/app/common.ts';
import type { Host } from '../../client/host.ts';

export class Scan {
  progress: Progress | undefined = $state.raw();
  report: DatasetReport | undefined = $state.raw();
  error: unknown = $state.raw();
  isCancelled = $state(false);
  #options: DataOptions;
  readonly #host: Host;
  #end: (() => void) | undefined;

  constructor(host: Host, options: DataOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** With `change`, as that says from now on. */
  start(change: Omit<DataOptions, 'source'> = {}): void {
    this.end();
    this.#options = { ...this.#options, ...change };
    this.progress = { message: 'Opening' };
    this.error = undefined;
    this.isCancelled = false;
    this.#end = this.#host.subscribe('datasets.scan', this.#options, {
      onEvent: (event) => {
        if (event.kind === 'progress') this.progress = event.progress;
        else this.report = event.report;
      },
      onEnd: (error) => {
        this.#end = undefined;
        this.progress = undefined;
        this.error = error;
      },
    });
  }

  cancel(): void {
    this.end();
    this.progress = undefined;
    this.isCancelled = this.report === undefined;
  }

  end(): void {
    this.#end?.();
    this.#end = undefined;
  }
}
