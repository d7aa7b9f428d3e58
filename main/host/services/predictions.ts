// Networks tried on images, by a trainer that stays for a while. Low priority and no GPU: a training goes first.
import { MOST_SENT_BYTES } from '../../../shared/contract/app/predictions.ts';
import type { SentImage } from '../../../shared/contract/trainer.ts';
import { inputError } from '../../../shared/errors.ts';
import { formatBytes } from '../../../shared/format.ts';
import type { HostParts } from '../host-parts.ts';
import { WarmTrainer, type WarmTrainerTimes } from '../warm-trainer.ts';
import { classifierOfRun } from '../weights-jobs.ts';
import type { HandlersOf } from './handlers.ts';

export class PredictionService {
  readonly #parts: HostParts;
  readonly #trainer: WarmTrainer;

  constructor(parts: HostParts, times: WarmTrainerTimes = {}) {
    this.#parts = parts;
    this.#trainer = new WarmTrainer({
      idleMs: 5 * 60_000,
      ...times,
      parts,
      kind: 'inference',
      code: 'inference',
      purpose: 'tries networks on images',
      request: 'image',
    });
  }

  readonly handlers: HandlersOf<'predictions'> = {
    'predictions.classify': async ({ run, images }, { signal }) => {
      requireSendable(images);
      const { library } = this.#parts;
      const { weights, step } = classifierOfRun(library, run, { what: 'Trying images' });
      const { checkpoints } = library.runs.get(run);
      const classified = await this.#trainer.ask('classify', { weights, images }, { signal });
      return { ...classified, step, checkpoint: checkpoints.best ? 'best' : 'last' };
    },
    'predictions.explain': async ({ run, image, method }, { signal, emit }) => {
      requireSendable([image]);
      const { weights } = classifierOfRun(this.#parts.library, run, { what: 'An explanation' });
      const explained = await this.#trainer.ask(
        'explain',
        { weights, image, method },
        {
          signal,
          onProgress: (message, fraction) => {
            const progress = { message, ...(fraction === undefined ? {} : { fraction }) };
            void emit({ kind: 'progress', progress }, { latest: 'progress' });
          },
        },
      );
      await emit({ kind: 'done', explained });
    },
    'predictions.watch': (_, { signal, emit }) => this.#trainer.watch(signal, emit),
  };

  /** Ends a trainer that nobody waits for; the next request starts another. */
  rest(): void {
    this.#trainer.rest();
  }

  close(): Promise<void> {
    return this.#trainer.close();
  }
}

/** @throws inputError `too-large` */
function requireSendable(images: readonly SentImage[]): void {
  const bytes = images.reduce((sum, image) => sum + image.bytes.byteLength, 0);
  if (bytes <= MOST_SENT_BYTES) return;
  throw inputError(
    'too-large',
    `The images of one request have ${formatBytes(bytes)}; up to ${formatBytes(MOST_SENT_BYTES)} are taken. Send fewer at a time, or use \`resnet-lab predict\`.`,
  );
}
