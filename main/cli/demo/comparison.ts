// What two finished runs of the demonstration show: a table and one honest sentence. Pure.
import {
  formatDuration,
  formatExact,
  formatNorm,
  formatPercent,
  formatSignificant,
} from '../../../shared/format.ts';
import type { Series } from '../../host/run-series.ts';
import type { RunRecord } from '../../host/run-service.ts';
import { FINAL_STEPS } from '../../../shared/curves/training-means.ts';
import { formatTable } from '../table.ts';
import { TWINS, type Pair } from './twins.ts';

/** JSON-safe; null where a run has not come far enough to know. */
export interface Outcome {
  readonly run: string;
  readonly status: string;
  readonly architecture: string;
  readonly parameters: number | null;
  readonly steps: number;
  /** Mean over the last steps: single batches are noisy. */
  readonly trainLoss: number | null;
  readonly finalValAccuracy: number | null;
  readonly bestValAccuracy: number | null;
  /** At the last step that recorded it: the blocks next to the input and next to the output. */
  readonly firstBlockGradientNorm: number | null;
  readonly lastBlockGradientNorm: number | null;
  readonly imagesPerSecond: number | null;
  readonly elapsedMs: number;
}

export function outcomeOf(run: RunRecord, series: readonly Series[]): Outcome {
  const named = (name: string): Series | undefined => series.find((one) => one.name === name);
  const norms = named('block/gradient-norm');
  const last = norms?.values.subarray(norms.values.length - norms.width);
  const { metrics } = run;
  return {
    run: run.id,
    status: run.status,
    architecture: run.architecture,
    parameters: metrics['parameters'] ?? null,
    steps: run.step,
    trainLoss: metrics['lastTrainLoss'] ?? null,
    finalValAccuracy: metrics['lastValAccuracy'] ?? null,
    bestValAccuracy: metrics['bestValAccuracy'] ?? null,
    // Between the stem and the head.
    firstBlockGradientNorm: last?.[1] ?? null,
    lastBlockGradientNorm: last?.at(-2) ?? null,
    imagesPerSecond: metrics['imagesPerSecond'] ?? null,
    elapsedMs: run.elapsedMs,
  };
}

export function formatOutcomes(outcomes: Pair<Outcome>): string {
  const row = (
    label: string,
    value: (outcome: Outcome) => number | null,
    format: (value: number) => string,
  ): string[] => [
    label,
    ...TWINS.map((twin) => {
      const number = value(outcomes[twin]);
      return number === null ? '' : format(number);
    }),
  ];
  return formatTable(
    [{ title: '' }, ...TWINS.map((twin) => ({ title: outcomes[twin].architecture, right: true }))],
    [
      row('validation accuracy, best', ({ bestValAccuracy }) => bestValAccuracy, formatPercent),
      row('validation accuracy, final', ({ finalValAccuracy }) => finalValAccuracy, formatPercent),
      row(
        `training loss, last ${FINAL_STEPS} steps`,
        ({ trainLoss }) => trainLoss,
        formatSignificant,
      ),
      row('gradient norm, first block', (one) => one.firstBlockGradientNorm, formatNorm),
      row('gradient norm, last block', (one) => one.lastBlockGradientNorm, formatNorm),
      row('parameters', ({ parameters }) => parameters, formatExact),
      row('steps', ({ steps }) => steps, formatExact),
      row(
        'images per second',
        (one) => one.imagesPerSecond,
        (value) => String(Math.round(value)),
      ),
      row('training time', ({ elapsedMs }) => elapsedMs, formatDuration),
      ['run', ...TWINS.map((twin) => outcomes[twin].run)],
    ],
  );
}

const chance = 0.1;

/** `validationImages` says how far apart two accuracies must be to mean something. */
export function concludeFrom({ plain, residual }: Pair<Outcome>, validationImages: number): string {
  const [a, b] = [plain.finalValAccuracy, residual.finalValAccuracy];
  const [lossA, lossB] = [plain.trainLoss, residual.trainLoss];
  if (a === null || b === null || lossA === null || lossB === null) {
    return 'It ended before the first validation, so there is nothing to compare yet.';
  }
  // Two standard errors of the difference of two proportions.
  const noise = 2 * Math.sqrt((a * (1 - a) + b * (1 - b)) / validationImages);
  const numbers = `${formatPercent(b)} against ${formatPercent(a)} of the validation images right, training loss ${formatSignificant(lossB, 3)} against ${formatSignificant(lossA, 3)}`;
  const caveat = 'One seed each: repeat it with others before you believe it.';
  if (Math.max(a, b) < chance + Math.max(noise, 0.05)) {
    return `Neither network got clearly beyond guessing (${formatPercent(chance)}) in ${formatExact(residual.steps)} steps; give them longer with \`resnet-lab demo --minutes 10\`.`;
  }
  if (Math.abs(b - a) <= noise) {
    return `After the same ${formatExact(residual.steps)} steps the two are too close to call: residual ${numbers}. ${caveat}`;
  }
  if (b < a) {
    return `This time the plain network is ahead: residual ${numbers}. Short trainings of one seed can end like that; the claim is about deeper networks and whole trainings. ${caveat}`;
  }
  const trainsBetter = lossB < lossA;
  const why = trainsBetter
    ? 'It also fits its training data better, so this is about optimization, not about over-fitting.'
    : 'Its training loss is not lower, so this is not the degradation that shortcuts are known to cure.';
  return `With the same layers, steps, data and seed the residual network is ahead: ${numbers}. ${why} ${caveat}`;
}
