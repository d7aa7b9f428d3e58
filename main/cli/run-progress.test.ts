import { expect, test } from 'vitest';
import type { RunProgress } from '../host/run-events.ts';
import { formatEvaluation, formatProgress } from './run-progress.ts';

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

test('An evaluation is named by the epoch that it ends, or by the part of it.', () => {
  const facts = { split: 'val', examples: 10, loss: 1.1, accuracy: 0.5, top5: 0.9 } as const;
  expect(formatEvaluation({ ...facts, step: 156 }, 156.25, progress())).toBe(
    'epoch 1 · train loss 1.234 · acc 56.1 % · val loss 1.100 · acc 50.0 %',
  );
  expect(formatEvaluation({ ...facts, step: 24 }, 156.25, undefined)).toBe(
    'epoch 0.16 · val loss 1.100 · acc 50.0 %',
  );
});
