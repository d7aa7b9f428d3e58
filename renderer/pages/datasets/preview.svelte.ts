// How something would be read before it is added: asked of the host once, with progress. What is known already,
// or leaves nothing to decide, goes on at once.
import type { DataOptions, DatasetPreview } from '../../../shared/contract/app/datasets.ts';
import type { Progress } from '../../../shared/contract/app/common.ts';
import type { Host } from '../../client/host.ts';

export class Preview {
  progress: Progress | undefined = $state.raw();
  preview: DatasetPreview | undefined = $state.raw();
  error: unknown = $state.raw();
  readonly #host: Host;
  readonly #source: string;
  /** There is nothing to decide. */
  readonly #onNothing: () => void;
  #end: (() => void) | undefined;

  constructor(host: Host, source: string, onNothing: () => void) {
    this.#host = host;
    this.#source = source;
    this.#onNothing = onNothing;
  }

  /** With `change`, e.g. the columns of a list of labels that were chosen. */
  start(change: Pick<DataOptions, 'columns'> = {}): void {
    this.end();
    this.preview = undefined;
    this.error = undefined;
    this.progress = { message: 'Looking into it' };
    this.#end = this.#host.subscribe(
      'datasets.preview',
      { source: this.#source, ...change },
      {
        onEvent: (event) => {
          if (event.kind === 'progress') this.progress = event.progress;
          else if (event.kind === 'preview') this.preview = event.preview;
          else this.#onNothing();
        },
        onEnd: (error) => {
          this.#end = undefined;
          this.progress = undefined;
          this.error = error;
        },
      },
    );
  }

  /** Nothing is shown any more. */
  end(): void {
    this.#end?.();
    this.#end = undefined;
    this.progress = undefined;
    this.preview = undefined;
    this.error = undefined;
  }
}
