// What a run's history says in words: for the run's page, the command line and reports.
import { formatDuration, formatExact } from '../format.ts';
import type { RunHistoryEntry } from './run-history.ts';

const SCHEDULES = {
  stretch: 'the schedule stretched over the whole from there on',
  append: 'the schedule run again over the added steps',
  constant: 'at the same constant rate',
} as const;

/** "went back to best (step 30): 16 steps were lost, the optimizer's state began anew" */
export function historySentence(entry: RunHistoryEntry): string {
  const day = entry.at.slice(0, 16).replace('T', ' ');
  switch (entry.kind) {
    case 'went-back':
      return `${day}: went back to ${placeOf(entry)}, because the last checkpoint was damaged; ${lossText(entry)}`;
    case 'extended':
      return `${day}: extended from ${formatExact(entry.fromSteps)} to ${formatExact(entry.toSteps)} steps, ${SCHEDULES[entry.schedule]}`;
  }
}

function placeOf({ from, step }: Extract<RunHistoryEntry, { kind: 'went-back' }>): string {
  if (from === 'start') return 'its start';
  const name = typeof from === 'number' ? 'a kept checkpoint' : `the ${from} checkpoint`;
  return `${name} (step ${formatExact(step)})`;
}

/** "loses 16 steps (2 min of training) and the optimizer's state" */
export function lossText({
  lostSteps,
  lostMs,
  keptOptimizer,
}: {
  readonly lostSteps: number;
  readonly lostMs: number;
  readonly keptOptimizer: boolean;
}): string {
  const steps = `${formatExact(lostSteps)} ${lostSteps === 1 ? 'step' : 'steps'}`;
  const time = lostMs >= 1000 ? ` (${formatDuration(lostMs)} of training)` : '';
  return `lost: ${steps}${time}${keptOptimizer ? '' : ", the optimizer's state"}`;
}
