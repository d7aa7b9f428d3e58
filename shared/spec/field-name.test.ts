import { expect, it } from 'vitest';
import { fieldName, inSentence } from './field-name.ts';
import { RunSpec } from './run.ts';
import { leafValuesOf } from '../compare/spec-difference.ts';
import { madeSpec } from '../compare/testing/made-run.ts';

it.each([
  ['recipe.schedule.rate', 'Learning rate'],
  ['recipe.labelSmoothing', 'Label smoothing'],
  ['recipe.schedule.kind', 'Schedule kind'],
  ['recipe.schedule.warmup.steps', 'Steps (warm-up)'],
  ['recipe.batch', 'Batch size'],
  ['recipe.extensions', 'Extended'],
  ['architecture', 'Network'],
])('calls %s %s', (path, name) => {
  expect(fieldName(path)).toBe(name);
});

it('gives every field of a spec a name of its own that is no path', () => {
  const paths = [...leafValuesOf(RunSpec.parse(madeSpec({}))).keys()].filter((path) =>
    /^(architecture|recipe|data)\.(?!format)/.test(path),
  );
  const names = paths.map(fieldName);
  expect(names.filter((name) => /[a-z][A-Z]|\./.test(name))).toEqual([]);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});

it('keeps symbols and abbreviations as they are inside a sentence', () => {
  expect(['Learning rate', 'β₁', 'MACs', 'AdamW'].map(inSentence)).toEqual([
    ...['learning rate', 'β₁', 'MACs', 'AdamW'],
  ]);
});
