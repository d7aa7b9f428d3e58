// Whether a run got as far as it was meant to, and whether it had stopped learning there. Pure.
import type { RunStatus } from '../contract/run-status.ts';
import type { ComparedRun } from './compared-run.ts';

export type Condition =
  | 'complete'
  /** Finished, but its training loss was still falling. */
  | 'still-falling'
  /** Finished, but no better than guessing. */
  | 'not-learned'
  | 'unfinished'
  | 'stopped'
  | 'failed';

export const CONDITION_WORDS: Readonly<Record<Condition, string>> = {
  complete: 'finished',
  'still-falling': 'training loss still falling at the end',
  'not-learned': 'at chance level',
  unfinished: 'not finished yet',
  stopped: 'stopped',
  failed: 'failed',
};

/** A fall of more than this share from the second last tenth to the last one is still learning. */
const FALLING_SHARE = 0.1;
/** Training accuracy below this many times that of guessing is no learning. */
const GUESSING_FACTOR = 1.2;

export function conditionOf({ run, metrics }: ComparedRun): Condition {
  switch (run.status) {
    case 'queued':
    case 'running':
    case 'paused':
      return 'unfinished';
    case 'interrupted':
      return 'stopped';
    case 'failed':
      return 'failed';
    case 'finished':
      break;
  }
  const loss = metrics.find(({ name }) => name === 'train/loss');
  if (!countsInMean(run.status, loss && loss.points > 0 ? (loss.last ?? Number.NaN) : undefined)) {
    return 'failed';
  }
  const accuracy = metrics.find(({ name }) => name === 'train/accuracy')?.lastTenth;
  // Of imported runs the number of classes is not known.
  const isLow = run.classCount > 0 && (accuracy ?? 1) < GUESSING_FACTOR / run.classCount;
  if (isLow) {
    return 'not-learned';
  }
  const before = loss?.tenthBefore;
  const last = loss?.lastTenth;
  if (typeof before === 'number' && typeof last === 'number' && before > 0) {
    if (last < before * (1 - FALLING_SHARE)) return 'still-falling';
  }
  return 'complete';
}

/** Whether a mean curve has it: it went to its end, and its training loss, if it has one, is a number. */
export function countsInMean(status: RunStatus, lastTrainLoss: number | undefined): boolean {
  return status === 'finished' && (lastTrainLoss === undefined || Number.isFinite(lastTrainLoss));
}

/** Only runs that went to their end may be averaged with others; the rest is shown, and left out. */
export function countsInMeans(condition: Condition): boolean {
  return condition === 'complete' || condition === 'still-falling' || condition === 'not-learned';
}
