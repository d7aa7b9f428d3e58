// Previews of augmentation, computed by a trainer that stays for a while. One thread, low priority, no GPU: a
// training goes first.
import type { PreviewJob } from '../../../shared/contract/trainer.ts';
import { DataSpec } from '../../../shared/spec/run.ts';
import type { HostParts } from '../host-parts.ts';
import { WarmTrainer, type WarmTrainerTimes } from '../warm-trainer.ts';
import type { AppHandlers } from './handlers.ts';

export type PreviewHandlers = Pick<AppHandlers, 'datasets.augmented' | 'datasets.previewing'>;

export class AugmentPreview {
  readonly #parts: HostParts;
  readonly #trainer: WarmTrainer;

  constructor(parts: HostParts, times: WarmTrainerTimes = {}) {
    this.#parts = parts;
    this.#trainer = new WarmTrainer({
      ...times,
      parts,
      kind: 'preview',
      threads: { intraOpThreads: 1, interOpThreads: 1 },
      code: 'preview',
      purpose: 'makes the previews',
      request: 'change',
    });
  }

  readonly handlers: PreviewHandlers = {
    'datasets.augmented': async (
      { images, rounds, seed, choice, augmentation, normalization, fingerprint, ...options },
      { signal },
    ) => {
      const job: PreviewJob = {
        cacheFolder: this.#parts.library.cacheFolder,
        data: DataSpec.parse(options),
        augmentation,
        normalization,
        seed,
        choice,
        images,
        rounds,
        ...(fingerprint === undefined ? {} : { fingerprint }),
      };
      const { shape, pixels } = await this.#trainer.ask('preview', job, { signal });
      return { shape, count: (1 + rounds) * images, pixels };
    },
    'datasets.previewing': (_, { signal, emit }) => this.#trainer.watch(signal, emit),
  };

  /** Ends a trainer that nobody waits for; the next request starts another. */
  rest(): void {
    this.#trainer.rest();
  }

  close(): Promise<void> {
    return this.#trainer.close();
  }
}
