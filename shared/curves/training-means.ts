// Training loss and accuracy of epochs and of a run's end, from the values of its single steps. Pure. The
// same points give the same bits, however fast they came and wherever a run was interrupted.
//
// Step n (from 1) shows the examples (n − 1) · batch … n · batch − 1 of the run, and epoch e (from 1) is the
// examples (e − 1) · count … e · count − 1. A step's value is the mean over its batch. It weighs as many
// examples as the step has in the epoch; so a batch that spans two epochs counts in both, each by its share.

/** The value of a run's end is the mean over so many last steps, or over all if there are fewer. */
export const FINAL_STEPS = 50;

/** Series with a value of every single training step, which is noisy. */
export function isOfSteps(series: string): boolean {
  return series === 'train/loss' || series === 'train/accuracy';
}

export interface TrainingValues {
  /** Nats. */
  readonly loss: number;
  /** Share of one. */
  readonly accuracy: number;
}

export interface EpochMeans extends TrainingValues {
  /** From 1. */
  readonly epoch: number;
  /** The step that showed its last example. */
  readonly step: number;
}

export interface EpochLength {
  readonly batch: number;
  /** Examples of an epoch. */
  readonly examples: number;
}

export class TrainingMeans {
  private readonly length: EpochLength;
  private epoch: (TrainingValues & { readonly number: number; readonly examples: number }) | null =
    null;
  private recent: TrainingValues[] = [];

  constructor(length: EpochLength) {
    this.length = length;
  }

  /**
   * Takes the next step's values. Returns the epoch that ends with it: the last one, where a batch holds
   * several. An epoch of which steps are missing never ends.
   */
  add(step: number, { loss, accuracy }: TrainingValues): EpochMeans | undefined {
    this.recent.push({ loss, accuracy });
    if (this.recent.length > FINAL_STEPS) this.recent.shift();
    const { batch, examples } = this.length;
    let ended: EpochMeans | undefined;
    const end = step * batch;
    for (let position = end - batch; position < end;) {
      const number = Math.floor(position / examples) + 1;
      const next = Math.min(end, number * examples);
      const count = next - position;
      const before =
        this.epoch?.number === number ? this.epoch : { number, examples: 0, loss: 0, accuracy: 0 };
      this.epoch = {
        number,
        examples: before.examples + count,
        loss: before.loss + count * loss,
        accuracy: before.accuracy + count * accuracy,
      };
      if (this.epoch.examples === examples) {
        ended = {
          epoch: number,
          step,
          loss: this.epoch.loss / examples,
          accuracy: this.epoch.accuracy / examples,
        };
      }
      position = next;
    }
    return ended;
  }

  /** Mean over the last steps; undefined before the first. */
  final(): TrainingValues | undefined {
    return this.recent.length === 0 ? undefined : meanOf(this.recent);
  }

  /** Of the epoch that has begun, the mean over its examples so far; undefined where it has none. */
  begun(): TrainingValues | undefined {
    if (this.epoch === null || this.epoch.examples === this.length.examples) return undefined;
    const { examples, loss, accuracy } = this.epoch;
    return { loss: loss / examples, accuracy: accuracy / examples };
  }
}

/** The value of a run's end, from all values of a series in the order of their steps. */
export function finalMean(values: ArrayLike<number>): number | undefined {
  const count = Math.min(FINAL_STEPS, values.length);
  if (count === 0) return undefined;
  let sum = 0;
  for (let i = values.length - count; i < values.length; i++) sum += values[i] ?? Number.NaN;
  return sum / count;
}

function meanOf(recent: readonly TrainingValues[]): TrainingValues {
  const mean = (pick: (values: TrainingValues) => number): number =>
    finalMean(recent.map(pick)) ?? Number.NaN;
  return { loss: mean(({ loss }) => loss), accuracy: mean(({ accuracy }) => accuracy) };
}
