// Datasets that the host fetches from their authors: with progress and cancel. What has arrived stays in
// the library, so that the same download goes on later.
import type { Progress } from '../../shared/contract/app/common.ts';
import type { DatasetOffer } from '../../shared/contract/app/datasets.ts';
import type { Host } from '../client/host.ts';

export class Download {
  readonly name: string;
  readonly title: string;
  progress: Progress | undefined = $state.raw();
  error: unknown = $state.raw();
  readonly #host: Host;
  #end: (() => void) | undefined;

  constructor(host: Host, offer: Pick<DatasetOffer, 'name' | 'title'>) {
    this.#host = host;
    this.name = offer.name;
    this.title = offer.title;
  }

  get isRunning(): boolean {
    return this.progress !== undefined;
  }

  start(onDone: (source: string) => void): void {
    this.stop();
    this.error = undefined;
    this.progress = { message: 'Connecting' };
    this.#end = this.#host.subscribe(
      'datasets.download',
      { name: this.name },
      {
        onEvent: (event) => {
          if (event.kind === 'progress') this.progress = event.progress;
          else onDone(event.source);
        },
        onEnd: (error) => {
          this.#end = undefined;
          this.progress = undefined;
          this.error = error;
        },
      },
    );
  }

  stop(): void {
    this.#end?.();
    this.#end = undefined;
    this.progress = undefined;
  }
}
