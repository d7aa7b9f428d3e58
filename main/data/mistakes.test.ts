import { expect, test } from 'vitest';
import { collectMistakes, mistakesOf } from './mistakes.ts';

const classes = ['cat', 'dog', 'owl'];

test('Every example is in the confusion matrix, the wrong ones are listed, worst first.', () => {
  const collector = collectMistakes(classes, (row) => `val ${row}`);
  collector.add(0, 0, Float32Array.of(5, 0, 0));
  collector.add(1, 1, Float32Array.of(2, 1, 0));
  collector.add(2, 2, Float32Array.of(0, 9, 0));
  collector.add(3, 2, Float32Array.of(0, 0, 1));
  const { confusion, worst, examples } = collector.facts();
  expect(examples).toBe(4);
  expect(confusion).toEqual([1, 0, 0, 1, 0, 0, 0, 1, 1]);
  expect(
    worst.map(({ index, source, label, predicted }) => [index, source, label, predicted]),
  ).toEqual([
    [2, 'val 2', 2, 1],
    [1, 'val 1', 1, 0],
  ]);
  // Of (2, 1, 0): e² and e¹ of e² + e + 1.
  const sum = Math.exp(2) + Math.E + 1;
  expect(worst[1]!.confidence).toBeCloseTo(Math.exp(2) / sum);
  expect(worst[1]!.labelProbability).toBeCloseTo(Math.E / sum);
  expect(worst[1]!.loss).toBeCloseTo(-Math.log(Math.E / sum));
});

test.each([[NaN], [Infinity], [-Infinity]])(
  'Logits with %d are no prediction: counted, and in neither matrix nor list.',
  (bad) => {
    const collector = collectMistakes(classes, String);
    collector.add(0, 0, Float32Array.of(bad, bad, bad));
    collector.add(1, 0, Float32Array.of(0, bad, 0));
    collector.add(2, 0, Float32Array.of(1, 0, 0));
    const facts = collector.facts();
    expect(facts).toMatchObject({ examples: 3, notFinite: 2, worst: [] });
    expect(facts.confusion).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0]);
  },
);

test('A certain mistake has a finite loss, and only the worst thousand are kept.', () => {
  const collector = collectMistakes(classes, String);
  for (let row = 0; row < 10_000; row++) collector.add(row, 0, Float32Array.of(0, row, 0));
  const { worst, examples } = collector.facts();
  expect(examples).toBe(10_000);
  expect(worst).toHaveLength(1000);
  expect(worst[0]).toMatchObject({ index: 9999, loss: 9999, labelProbability: 0 });
  expect(worst.at(-1)!.index).toBe(9000);
});

test('Of kept outputs the same is said as of examples one by one.', () => {
  const logits = [
    [5, 0, 0],
    [2, 1, 0],
    [NaN, 0, 0],
    [0, 0, 1],
  ];
  const labels = Int32Array.of(0, 1, 1, 2);
  const collector = collectMistakes(classes, (row) => `val ${row}`);
  logits.forEach((row, i) => collector.add(i, labels[i]!, Float32Array.from(row)));
  const outputs = {
    ...{ step: 3, fingerprint: 'f', classNames: classes, classes: 3, labels },
    logits: Float32Array.from(logits.flat()),
    sources: ['val 0', 'val 1', 'val 2', 'val 3'],
  };
  expect(mistakesOf(outputs)).toEqual(collector.facts());
  expect(mistakesOf(outputs)).toMatchObject({ examples: 4, notFinite: 1 });
});
