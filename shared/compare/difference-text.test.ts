import { expect, test } from 'vitest';
import { differencesOf, differenceSentence } from './difference-text.ts';
import { madeSpec } from './testing/made-run.ts';

function said(...recipes: readonly Record<string, unknown>[]): string[] {
  return differencesOf(recipes.map((recipe) => madeSpec({ recipe }))).map(differenceSentence);
}

test('A choice of another kind is one difference with its fields, in the words of the form.', () => {
  expect(said({}, { augmentation: { kind: 'pad-crop-flip', pad: 4, flip: true } })).toEqual([
    'augmentation (none against pad, crop, flip (pad 4, flip on))',
  ]);
  expect(
    said(
      { schedule: { kind: 'constant', rate: 1 } },
      { schedule: { kind: 'step', rate: 0.1, milestones: [0.5, 0.75], factor: 0.1 } },
    ),
  ).toEqual([
    expect.stringMatching(
      /^schedule \(constant \(rate 1.*\) against steps \(rate 0\.1, milestones \[0\.5, 0\.75\], factor 0\.1.*\)\)$/,
    ),
  ]);
});

test('Fields of one kind differ by themselves, and lengths are read as people say them.', () => {
  const epochs = (count: number) => ({ length: { kind: 'epochs', epochs: count } });
  expect(said(epochs(6), epochs(8), epochs(10))).toEqual(['epochs (6, 8, 10)']);
  expect(said(epochs(6), { length: { kind: 'steps', steps: 300 } })).toEqual([
    'length (6 epochs against 300 steps)',
  ]);
  expect(said({ batch: 16 }, { batch: 32 })).toEqual(['batch size (16 against 32)']);
});

test('Names follow from what differs; alone, they are a difference.', () => {
  expect(said({ name: 'quick' }, { name: 'quick (changed)', batch: 32 })).toEqual([
    'batch size (64 against 32)',
  ]);
  expect(said({ name: 'quick' }, { name: 'slow' })).toHaveLength(1);
  const shortcuts = ['none', 'A'] as const;
  expect(
    differencesOf(shortcuts.map((shortcut) => madeSpec({ shortcut }).architecture)).map(
      ({ path, texts }) => [path, ...texts],
    ),
  ).toEqual([['shortcut', 'none', 'A']]);
});

test('No name and no value reads like a path or a key.', () => {
  const sentences = said(
    { earlyStopping: { kind: 'none' } },
    { earlyStopping: { kind: 'patience', evaluations: 5, leastGain: 0, restoreBest: true } },
  );
  expect(sentences).toHaveLength(1);
  expect(sentences.join()).not.toMatch(/[a-z][A-Z]|kind|\./);
});
