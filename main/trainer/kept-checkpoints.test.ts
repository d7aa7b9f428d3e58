import { expect, test } from 'vitest';
import type { CheckpointsSpec } from '../../shared/spec/recipe.ts';
import { keepAfter, type Kept } from './kept-checkpoints.ts';

/** Steps that are kept after evaluations of the epochs 1, 2, … of ten steps each. */
function stepsKept(accuracies: readonly number[], spec: Partial<CheckpointsSpec>): number[] {
  let kept: readonly Kept[] = [];
  accuracies.forEach((accuracy, i) => {
    ({ kept } = keepAfter(
      kept,
      { step: 10 * (i + 1), epoch: i + 1, score: { accuracy, loss: 1 - accuracy } },
      { monitor: 'accuracy', keepBest: 1, everyEpochs: null, ...spec },
    ));
  });
  return kept.map(({ step }) => step);
}

test('nothing is kept unless it is asked for', () => {
  expect(stepsKept([0.1, 0.2, 0.3], {})).toEqual([]);
});

test('the best so many stay, of equals the earlier', () => {
  expect(stepsKept([0.5, 0.9, 0.2, 0.9, 0.7, 0.9], { keepBest: 2 })).toEqual([20, 40]);
  expect(stepsKept([0.5, 0.9, 0.2], { keepBest: 2, monitor: 'loss' })).toEqual([10, 20]);
});

test('every so many epochs stay beside the best', () => {
  expect(stepsKept([0.9, 0.1, 0.8, 0.1, 0.1], { everyEpochs: 2 })).toEqual([20, 40]);
  expect(stepsKept([0.9, 0.1, 0.8, 0.1, 0.1], { everyEpochs: 2, keepBest: 2 })).toEqual([
    10, 20, 30, 40,
  ]);
});

test('an evaluation that comes again after a resume replaces itself', () => {
  const spec: CheckpointsSpec = { monitor: 'accuracy', keepBest: 2, everyEpochs: null };
  const candidate = { step: 10, epoch: 1, score: { accuracy: 0.5, loss: 1 } };
  const once = keepAfter([], candidate, spec);
  expect(keepAfter(once.kept, candidate, spec)).toEqual(once);
  expect(once).toMatchObject({ isNew: true, kept: [{ step: 10, isBest: true }] });
});
