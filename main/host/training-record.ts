// What the library keeps besides the points that a trainer sends: the means of whole epochs as series of
// their own, and the run's closing training loss. Both follow from the stored points alone, so a run that
// was interrupted has the same ones, and a display's pace changes nothing.
import type { SeriesPoints } from '../../shared/contract/trainer.ts';
import {
  TrainingMeans,
  type EpochLength,
  type EpochMeans,
  type TrainingValues,
} from '../../shared/curves/training-means.ts';
import type { Library } from '../store/library.ts';
import type { RunMetrics } from '../store/run-record.ts';
import type { SeriesBatch } from '../store/series.ts';

export const TRAIN_LOSS = 'train/loss';
export const TRAIN_ACCURACY = 'train/accuracy';
export const EPOCH_LOSS = 'train/epoch-loss';
export const EPOCH_ACCURACY = 'train/epoch-accuracy';

type Points = Pick<SeriesBatch, 'steps' | 'elapsedMs' | 'values'>;

interface Ended extends EpochMeans {
  readonly elapsedMs: number;
}

export class TrainingRecord {
  private readonly means: TrainingMeans;

  constructor(length: EpochLength) {
    this.means = new TrainingMeans(length);
  }

  /** Takes what the library holds of a run that goes on; the epochs that its series do not know yet. */
  takeUp(library: Library, runId: string): SeriesBatch[] {
    const loss = library.series.read(runId, TRAIN_LOSS);
    if (loss === undefined) return [];
    const known = library.series.list(runId).find(({ name }) => name === EPOCH_LOSS)?.lastStep ?? 0;
    const ended = this.take(loss, library.series.read(runId, TRAIN_ACCURACY));
    return seriesOf(ended.filter(({ step }) => step > known));
  }

  /** Takes new points of the run; the epochs that ended with them, as points and as they are. */
  add(series: readonly SeriesPoints[]): {
    readonly points: SeriesBatch[];
    readonly ended: readonly EpochMeans[];
  } {
    const named = (name: string): Points | undefined => {
      const found = series.find((one) => one.name === name);
      return found && { ...found, ...arraysOf(found) };
    };
    const loss = named(TRAIN_LOSS);
    if (loss === undefined) return { points: [], ended: [] };
    const ended = this.take(loss, named(TRAIN_ACCURACY));
    return { points: seriesOf(ended), ended };
  }

  /** Over the last steps that are in the library; undefined before the first. */
  final(): TrainingValues | undefined {
    return this.means.final();
  }

  /** Over the examples so far of the epoch that has begun. */
  begun(): TrainingValues | undefined {
    return this.means.begun();
  }

  private take(loss: Points, accuracy: Points | undefined): Ended[] {
    const accuracies = new Map(
      Array.from(accuracy?.steps ?? [], (step, i) => [step, accuracy?.values[i]]),
    );
    return Array.from(loss.steps).flatMap((step, i): Ended[] => {
      const ended = this.means.add(step, {
        loss: loss.values[i] ?? Number.NaN,
        accuracy: accuracies.get(step) ?? Number.NaN,
      });
      return ended === undefined ? [] : [{ ...ended, elapsedMs: loss.elapsedMs[i] ?? 0 }];
    });
  }
}

/** The metrics of a run's end; without those where nothing is trained yet. */
export function trainingMetrics(
  known: RunMetrics,
  final: TrainingValues | undefined,
): Record<string, number | null> {
  const metrics = { ...known };
  delete metrics['lastTrainLoss'];
  delete metrics['lastTrainAccuracy'];
  if (final === undefined) return metrics;
  return { ...metrics, lastTrainLoss: final.loss, ...accuracyOf(final) };
}

/** An autoencoder has no accuracy. */
function accuracyOf({ accuracy }: TrainingValues): { lastTrainAccuracy?: number } {
  return Number.isNaN(accuracy) ? {} : { lastTrainAccuracy: accuracy };
}

function arraysOf({ steps, elapsedMs }: SeriesPoints): Pick<Points, 'steps' | 'elapsedMs'> {
  return { steps: Int32Array.from(steps), elapsedMs: Float64Array.from(elapsedMs) };
}

function seriesOf(ended: readonly Ended[]): SeriesBatch[] {
  if (ended.length === 0) return [];
  const of = (name: string, unit: string, pick: (one: Ended) => number): SeriesBatch => ({
    name,
    unit,
    steps: Int32Array.from(ended, ({ step }) => step),
    elapsedMs: Float64Array.from(ended, ({ elapsedMs }) => elapsedMs),
    values: Float32Array.from(ended, pick),
  });
  return [
    of(EPOCH_LOSS, 'nats', ({ loss }) => loss),
    ...(ended.every(({ accuracy }) => Number.isNaN(accuracy))
      ? []
      : [of(EPOCH_ACCURACY, 'fraction', ({ accuracy }) => accuracy)]),
  ];
}
