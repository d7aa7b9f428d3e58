import { expect, test } from 'vitest';
import { FRESH_LOSS_SCALE, isExhausted, scaleAfter } from './loss-scale.ts';
import type { LossScaleState } from '../../shared/contract/checkpoint-state.ts';

const after = (steps: readonly boolean[], from: LossScaleState = FRESH_LOSS_SCALE) =>
  steps.reduce(scaleAfter, from);
const good = (count: number): boolean[] => Array<boolean>(count).fill(false);

test('a skipped step halves the scale and is counted', () => {
  expect(after([true])).toEqual({ scale: 2 ** 15, goodSteps: 0, skipped: 1 });
});

test('2,000 good steps in a row double it, and not one fewer', () => {
  expect(after(good(1999)).scale).toBe(2 ** 16);
  expect(after(good(2000))).toEqual({ scale: 2 ** 17, goodSteps: 0, skipped: 0 });
  expect(after([...good(1999), true, ...good(1999)]).scale).toBe(2 ** 15);
});

test('it stays finite however long all is well', () => {
  const state = { scale: 2 ** 24, goodSteps: 1999, skipped: 3 };
  expect(scaleAfter(state, false)).toEqual({ scale: 2 ** 24, goodSteps: 0, skipped: 3 });
});

test('it is exhausted when gradients overflow at 1', () => {
  expect(isExhausted({ scale: 1, goodSteps: 0, skipped: 16 })).toBe(false);
  expect(isExhausted(after([true], { scale: 1, goodSteps: 0, skipped: 16 }))).toBe(true);
});
