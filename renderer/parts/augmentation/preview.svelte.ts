// The state behind a preview of augmentation: asks for what is wanted now, a moment after the last change,
// and says how far the trainer is that computes it. Ends its part of it when nobody looks any more.
import type { Progress } from '../../../shared/contract/app/common.ts';
import type { CallInput, CallOutput, Host } from '../../client/host.ts';

export type PreviewInput = CallInput<'datasets.augmented'>;
export type PreviewTiles = CallOutput<'datasets.augmented'> & { readonly images: number };

const DELAY_MS = 60;

export class Preview {
  /** The last that came, which stays while the next is computed. */
  tiles: PreviewTiles | undefined = $state.raw();
  /** Of starting TensorFlow and opening the data, while that takes its time. */
  progress: Progress | undefined = $state.raw();
  error: unknown = $state.raw();
  /** The trainer ended by itself while nobody waited for it. */
  notice: string | undefined = $state();
  isBusy = $state(false);
  readonly #host: Host;
  #attempt = $state(0);

  constructor(host: Host) {
    this.#host = host;
  }

  /** Call in an effect: returns what ends it. */
  watch(): () => void {
    return this.#host.subscribe(
      'datasets.previewing',
      {},
      {
        onEvent: (event) => {
          this.progress = event.kind === 'preparing' ? event.progress : undefined;
          // Who waits for an answer is told by the answer.
          this.notice = event.kind === 'died' && !this.isBusy ? event.message : undefined;
        },
      },
    );
  }

  /** Makes the effect that asks ask once more. */
  again(): void {
    this.#attempt++;
  }

  /** Call in an effect: returns what drops it. */
  ask(input: PreviewInput): () => void {
    const attempt = this.#attempt;
    const stop = new AbortController();
    this.isBusy = true;
    const timer = setTimeout(() => {
      if (attempt !== this.#attempt) return;
      this.#host.call('datasets.augmented', input, { signal: stop.signal }).then(
        (answer) => {
          if (stop.signal.aborted) return;
          this.tiles = { ...answer, images: input.images };
          [this.error, this.notice, this.isBusy] = [undefined, undefined, false];
        },
        (problem: unknown) => {
          if (!stop.signal.aborted) [this.error, this.isBusy] = [problem, false];
        },
      );
    }, DELAY_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }
}
