// What is said about a run when its training ends, and what to type next.
import path from 'node:path';
import {
  formatDuration,
  formatExact,
  formatQuantity,
  formatPercent,
  formatSignificant,
  formatBytes,
} from '../../shared/format.ts';
import { RunSpec } from '../../shared/spec/run.ts';
import { FINAL_STEPS } from '../../shared/curves/training-means.ts';
import type { RunRecord } from '../host/run-service.ts';
import { formatPairs } from './table.ts';

export function formatRunEnd(run: RunRecord, runFolder: string): string {
  const { metrics, checkpoints } = run;
  const best = metrics['bestValAccuracy'];
  const bestStep = metrics['bestStep'];
  const loss = metrics['lastTrainLoss'];
  const memory = metrics['peakMemoryBytes'];
  const lines = formatPairs([
    ['run', `${run.id} (${run.name}, seed ${run.seed})`],
    ['status', run.status],
    [
      'steps',
      `${formatExact(run.step)} of ${formatExact(run.totalSteps)}${metrics['stoppedEarly'] === 1 ? ', stopped early' : ''}`,
    ],
    [
      'train loss',
      isNumber(loss)
        ? `${formatSignificant(loss)} (mean of the last ${formatQuantity(Math.min(FINAL_STEPS, run.step), 'step')})`
        : undefined,
    ],
    [
      'best validation accuracy',
      isNumber(best) ? `${formatPercent(best)} at step ${bestStep ?? 0}${byLoss(run)}` : undefined,
    ],
    ['best validation loss', isNumber(best) ? undefined : lossOf(metrics)],
    ['training time', formatDuration(run.elapsedMs)],
    ['peak memory', isNumber(memory) ? formatBytes(memory) : undefined],
    ['best checkpoint', fileOf(checkpoints.best, runFolder)],
    ['last checkpoint', fileOf(checkpoints.last, runFolder)],
  ]);
  return `${lines}\n\n${nextSteps(run).join('\n')}`;
}

/** Of an autoencoder, which has nothing else to be judged by. */
function lossOf(metrics: RunRecord['metrics']): string | undefined {
  const { bestValLoss, bestValReconstruction, bestValDivergence, bestStep } = metrics;
  if (!isNumber(bestValLoss)) return undefined;
  const terms =
    isNumber(bestValReconstruction) && isNumber(bestValDivergence)
      ? ` (reconstruction ${formatSignificant(bestValReconstruction)} + KL ${formatSignificant(bestValDivergence)})`
      : '';
  return `${formatSignificant(bestValLoss)} nats${terms} at step ${bestStep ?? 0}`;
}

function nextSteps(run: RunRecord): string[] {
  const { id, status, family } = run;
  if (status !== 'finished') return [`Go on with it:    resnet-lab runs resume ${id}`];
  if (family === 'autoencoder') {
    return [
      `Look at it:       resnet-lab runs series ${id}`,
      `Evaluate it:      resnet-lab evaluate --run ${id}`,
      `What it rebuilds: resnet-lab probe pictures ${id}`,
    ];
  }
  return [
    `Look at it:       resnet-lab runs series ${id}`,
    `Its mistakes:     resnet-lab runs mistakes ${id}`,
    `Evaluate it:      resnet-lab evaluate --run ${id}`,
    `Use it:           resnet-lab predict --run ${id} --images FILE…`,
  ];
}

/** Where the recipe monitors the loss, the best is not the most accurate. */
function byLoss({ spec }: RunRecord): string {
  const { data } = RunSpec.safeParse(spec);
  return data?.recipe.checkpoints.monitor === 'loss' ? ' (lowest validation loss)' : '';
}

function fileOf(checkpoint: { file: string } | undefined, folder: string): string | undefined {
  return checkpoint === undefined ? undefined : path.join(folder, checkpoint.file);
}

export function isNumber(value: number | null | undefined): value is number {
  return value !== null && value !== undefined;
}

/** What `--json` prints for a run: the record, and where its files are. */
export function runDocument(run: RunRecord, runFolder: string): Record<string, unknown> {
  return { ...run, folder: runFolder };
}
