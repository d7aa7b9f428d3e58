import { expect, test } from 'vitest';
import type { TrainingEvent, RunProgress } from '../host/training-events.ts';
import { createEpochLines, formatProgress } from './run-progress.ts';

function progress(changes: Partial<RunProgress> = {}): RunProgress {
  return {
    kind: 'progress',
    step: 312,
    totalSteps: 780,
    epoch: 2,
    loss: 1.234,
    accuracy: 0.561,
    rate: 0.1,
    imagesPerSecond: 812.3,
    elapsedMs: 60_000,
    remainingMs: 72_000,
    ...changes,
  };
}

test('The progress line says epoch, step, loss, accuracy, speed and time left.', () => {
  expect(formatProgress(progress(), 156)).toBe(
    'epoch 2/5 · step 312/780 · loss 1.234 · acc 56.1 % · 812 img/s · 1 min 12 s left',
  );
});

test('A step belongs to the epoch of its first image, and the last step of all to the last epoch.', () => {
  const epochAt = (step: number): string =>
    formatProgress(progress({ step }), 156.25).split(' · ')[0]!;
  expect([0, 1, 156, 157, 158, 780].map(epochAt)).toEqual([
    'epoch 1/5',
    'epoch 1/5',
    'epoch 1/5',
    'epoch 1/5',
    'epoch 2/5',
    'epoch 5/5',
  ]);
});

test('A number of steps that was rounded up is not another epoch.', () => {
  expect(formatProgress(progress({ step: 782, totalSteps: 782 }), 156.25)).toContain('epoch 5/5');
});

test('Speed and time left are not said before they are known.', () => {
  const line = formatProgress(progress({ imagesPerSecond: 0, remainingMs: 0 }), 156.25);
  expect(line).toBe('epoch 2/5 · step 312/780 · loss 1.234 · acc 56.1 %');
});

const facts = { split: 'val', examples: 10, loss: 1.1, accuracy: 0.5, top5: 0.9 } as const;
const ended: TrainingEvent = {
  kind: 'epoch',
  means: { epoch: 2, step: 313, loss: 1.234, accuracy: 0.561 },
};

/** Of a dataset with so many validation images. */
function linesOf(val: number, ...events: TrainingEvent[]): string[] {
  const lines = createEpochLines();
  const data = { kind: 'data', facts: { counts: { train: 1250, val, test: 0 } } } as TrainingEvent;
  const prepared = { kind: 'prepared', facts: { stepsPerEpoch: 156.25 } } as TrainingEvent;
  return [data, prepared, ...events].flatMap((event) => lines.lineOf(event) ?? []);
}

test('An epoch’s line holds the mean over its examples and the evaluation after it.', () => {
  const evaluation: TrainingEvent = {
    kind: 'evaluation',
    facts: { ...facts, step: 313 },
    begun: undefined,
  };
  expect(linesOf(10, ended, evaluation)).toEqual([
    'epoch 2 · train loss 1.234 · acc 56.1 % · val loss 1.100 · acc 50.0 %',
  ]);
});

test('Without a validation split an epoch has its line too.', () => {
  expect(linesOf(0, ended)).toEqual(['epoch 2 · train loss 1.234 · acc 56.1 %']);
});

test('An evaluation inside of an epoch is named by the part, with the mean so far.', () => {
  const begun = { loss: 1.5, accuracy: 0.25 };
  const evaluation: TrainingEvent = { kind: 'evaluation', facts: { ...facts, step: 338 }, begun };
  expect(linesOf(10, ended, evaluation)).toEqual([
    'epoch 2.16 · train loss 1.500 · acc 25.0 % · val loss 1.100 · acc 50.0 %',
  ]);
});
