// One question to a network about an image at a time: the last answer stays until the next has come.
import type { Progress } from '../../../../shared/contract/app/common.ts';
import type { Explained, ExplainMethod } from '../../../../shared/contract/explanations.ts';
import type { Host } from '../../../client/host.ts';
import { bytesOf } from './try-state.svelte.ts';

export class WhyState {
  explained: Explained | undefined = $state.raw();
  progress: Progress | undefined = $state.raw();
  error: unknown = $state.raw();
  isBusy = $state(false);
  startedAt = $state(0);
  readonly #host: Host;
  readonly #run: string;
  readonly #file: File;
  #end: () => void = () => undefined;

  constructor(host: Host, run: string, file: File) {
    this.#host = host;
    this.#run = run;
    this.#file = file;
  }

  /** What was asked before and has no answer yet is dropped. */
  async ask(method: ExplainMethod): Promise<void> {
    this.cancel();
    const asked = new AbortController();
    this.#end = () => {
      asked.abort();
    };
    [this.isBusy, this.error, this.startedAt] = [true, undefined, performance.now()];
    const bytes = await bytesOf(this.#file);
    if (asked.signal.aborted) return;
    if (typeof bytes === 'string') {
      this.#settle(new Error(bytes));
      return;
    }
    const image = { name: this.#file.name || 'image', bytes };
    this.#end = this.#host.subscribe(
      'predictions.explain',
      { run: this.#run, image, method },
      {
        onEvent: (event) => {
          if (event.kind === 'progress') this.progress = event.progress;
          else this.explained = event.explained;
        },
        onEnd: (error) => this.#settle(error),
      },
    );
  }

  /** Of a time that is long enough to be judged by. */
  get remainingMs(): number | undefined {
    const fraction = this.progress?.fraction ?? 0;
    const elapsed = performance.now() - this.startedAt;
    if (!this.isBusy || fraction === 0 || elapsed < 1000) return undefined;
    return (elapsed / fraction) * (1 - fraction);
  }

  cancel(): void {
    this.#end();
    this.#settle(undefined);
  }

  #settle(error: Error | undefined): void {
    this.#end = () => undefined;
    this.error = error;
    this.progress = undefined;
    this.isBusy = false;
  }
}
