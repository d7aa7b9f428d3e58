import { expect, test } from 'vitest';
import type { EarlyStoppingSpec } from '../../shared/spec/recipe.ts';
import { FRESH_PATIENCE, isOver, waitFor, type PatienceState } from './patience.ts';

const spec: EarlyStoppingSpec = {
  kind: 'patience',
  evaluations: 2,
  leastGain: 0.01,
  restoreBest: true,
};

/** How many evaluations it takes until it is over; undefined if it never is. */
function evaluationsUntilOver(
  scores: readonly number[],
  monitor: 'accuracy' | 'loss',
): number | undefined {
  let state: PatienceState = FRESH_PATIENCE;
  for (const [i, score] of scores.entries()) {
    // As a checkpoint keeps it.
    state = JSON.parse(JSON.stringify(state)) as PatienceState;
    state = waitFor(state, { accuracy: score, loss: score }, { spec, monitor });
    if (isOver(state, spec)) return i + 1;
  }
  return undefined;
}

test('it is over after so many evaluations without a gain', () => {
  expect(evaluationsUntilOver([0.5, 0.6, 0.55, 0.6, 0.9], 'accuracy')).toBe(4);
  expect(evaluationsUntilOver([0.5, 0.6, 0.55, 0.7, 0.71], 'accuracy')).toBeUndefined();
});

test('a gain below the least one is none, however often it comes', () => {
  expect(evaluationsUntilOver([0.5, 0.505, 0.509], 'accuracy')).toBe(3);
  // Small gains add up: they are measured against the last that counted.
  expect(evaluationsUntilOver([0.5, 0.508, 0.516, 0.524], 'accuracy')).toBeUndefined();
});

test('a loss must fall, and one that is not a number never counts', () => {
  expect(evaluationsUntilOver([2, 1, 1.5, 1.2], 'loss')).toBe(4);
  expect(evaluationsUntilOver([NaN, NaN, 1], 'loss')).toBe(2);
  expect(evaluationsUntilOver([2, NaN, 1, NaN, 1], 'loss')).toBe(5);
});

test('without early stopping it never ends', () => {
  const none: EarlyStoppingSpec = { kind: 'none' };
  const state = waitFor(
    FRESH_PATIENCE,
    { accuracy: 0, loss: 1 },
    { spec: none, monitor: 'accuracy' },
  );
  expect(isOver(state, none)).toBe(false);
});
