// The six figures under a run's name: what they say now and what stands under each. Pure.
import { FINAL_STEPS } from '../../../shared/curves/training-means.ts';
import type { RunSpec } from '../../../shared/spec/run.ts';
import type { RunDetail, RunProgress, RunRow } from '../../../shared/contract/app/runs.ts';
import {
  formatBytes,
  formatCount,
  formatExact,
  formatPercent,
  formatQuantity,
  formatSignificant,
} from '../../../shared/format.ts';

export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly note: string;
}

export interface FigureSource {
  readonly row: RunRow;
  readonly detail: RunDetail | undefined;
  readonly progress: RunProgress | undefined;
  /** Of the trainer now, if there is one. */
  readonly memoryBytes: number | null;
  /** The newest points, for a run that another process trains: it tells no progress. */
  readonly newest: { readonly rate?: number | undefined };
}

const NOTHING = '–';

export function figuresOf({ row, detail, progress, memoryBytes, newest }: FigureSource): Figure[] {
  const { metrics } = row;
  const stepsPerEpoch = detail?.prepared?.stepsPerEpoch ?? null;
  const bestStep = metrics['bestStep'];
  const loss = progress?.loss ?? metrics['lastTrainLoss'];
  const valLoss = metrics['lastValLoss'];
  const epoch = progress?.epoch ?? row.epoch;
  const epochs =
    detail?.prepared?.epochs ?? (stepsPerEpoch === null ? null : row.totalSteps / stepsPerEpoch);
  const speed = progress?.imagesPerSecond ?? metrics['imagesPerSecond'];
  const lastSteps = lastStepsText(progress?.step ?? row.step);
  const memory = memoryBytes ?? metrics['peakMemoryBytes'];
  return [
    row.family === 'autoencoder'
      ? {
          name: 'Best val. loss',
          value: written(metrics['bestValLoss'], formatSignificant),
          note: termsNote(metrics),
        }
      : {
          name: 'Best val. accuracy',
          value: written(metrics['bestValAccuracy'], formatPercent),
          note: bestNote(bestStep, {
            stepsPerEpoch,
            last: metrics['lastValAccuracy'],
            monitor: detail?.spec?.recipe.checkpoints.monitor,
          }),
        },
    {
      name: 'Training loss',
      value: written(loss, formatSignificant),
      note: isNumber(valLoss)
        ? `${lastSteps}, validation ${formatSignificant(valLoss)}`
        : `nats, ${lastSteps}`,
    },
    {
      name: 'Epoch',
      value: epoch > 0 || row.step > 0 ? epochText(epoch, epochs) : NOTHING,
      note:
        row.totalSteps > 0
          ? stepNote(progress?.step ?? row.step, row.totalSteps, detail?.prepared?.fillingExamples)
          : 'not started',
    },
    {
      name: 'Images per second',
      // One step alone says nothing of speed.
      value: speed === 0 ? NOTHING : written(speed, formatCount),
      note: detail?.spec ? `batch ${formatExact(detail.spec.recipe.batch)}` : '',
    },
    {
      name: 'Learning rate',
      value: written(progress?.rate ?? newest.rate, rateText),
      note: detail?.spec ? scheduleText(detail.spec) : '',
    },
    {
      name: 'Memory',
      value: written(memory, formatBytes),
      note: memoryBytes === null ? 'peak of the trainer' : 'of the trainer now',
    },
  ];
}

function bestNote(
  step: number | null | undefined,
  {
    stepsPerEpoch,
    last,
    monitor,
  }: {
    readonly stepsPerEpoch: number | null;
    readonly last: number | null | undefined;
    readonly monitor: 'accuracy' | 'loss' | undefined;
  },
): string {
  if (!isNumber(step)) return 'no evaluation yet';
  const at =
    stepsPerEpoch === null
      ? `at step ${formatExact(step)}`
      : `at epoch ${String(Number((step / stepsPerEpoch).toPrecision(3)))}`;
  const where = monitor === 'loss' ? `lowest loss, ${at}` : at;
  return isNumber(last) ? `${where}, last ${formatPercent(last)}` : where;
}

/** With the images that only fill up the last batch of a run of whole epochs: they are seen once more. */
function stepNote(step: number, all: number, filling = 0): string {
  const filled = filling > 0 ? `, the last filled up with ${formatQuantity(filling, 'image')}` : '';
  return `step ${formatExact(step)} of ${formatExact(all)}${filled}`;
}

/** What an autoencoder's loss is made of. */
function termsNote(metrics: RunRow['metrics']): string {
  const { bestValReconstruction, bestValDivergence } = metrics;
  if (!isNumber(bestValReconstruction) || !isNumber(bestValDivergence)) return 'no evaluation yet';
  return `${formatSignificant(bestValReconstruction)} rebuilt + ${formatSignificant(bestValDivergence)} KL`;
}

/** What the training loss is the mean of. */
function lastStepsText(taken: number): string {
  return taken === 1 ? 'first step' : `last ${Math.min(FINAL_STEPS, taken || FINAL_STEPS)} steps`;
}

function epochText(epoch: number, epochs: number | null): string {
  const done = short(epoch);
  if (epochs === null) return done;
  const both = `${done} / ${short(epochs)}`;
  return both.length > LONGEST_EPOCHS ? done : both;
}

/** Longer ones are cut in a narrow window; the steps below say how far it is. */
const LONGEST_EPOCHS = 9;

/** `0.99`, `12.4`, `148`: two of them fit side by side; a batch too many to end on a whole epoch is not worth its digits. */
function short(epochs: number): string {
  const whole = Math.round(epochs);
  if (whole > 0 && Math.abs(epochs - whole) < 0.01) return String(whole);
  return epochs.toFixed(epochs >= 100 ? 0 : epochs >= 10 ? 1 : 2);
}

function rateText(rate: number): string {
  return rate >= 0.001 ? String(Number(rate.toPrecision(3))) : formatSignificant(rate, 3);
}

function scheduleText(spec: RunSpec): string {
  const { schedule } = spec.recipe;
  return `${schedule.kind}, from ${rateText(schedule.rate)}`;
}

function written(value: number | null | undefined, format: (value: number) => string): string {
  return isNumber(value) ? format(value) : NOTHING;
}

function isNumber(value: number | null | undefined): value is number {
  return value !== null && value !== undefined;
}
