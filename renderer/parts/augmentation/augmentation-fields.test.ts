import { expect, test } from 'vitest';
import { NAMED_AUGMENTATIONS } from '../../../shared/spec/augmentation.ts';
import { fieldsOf, type Field } from '../schema-form/fields.ts';
import {
  appliesToAugmentation,
  augmentationPresets,
  augmentationProblem,
  augmentationRules,
  augmentationSchema,
  presetOf,
} from './augmentation-fields.ts';

const rules = { ...augmentationRules, applies: appliesToAugmentation };

function keysOf(augmentation: unknown): readonly string[] {
  const names = (field: Field): readonly string[] =>
    field.kind === 'group' ? field.fields.flatMap(names) : [field.key.replace('augmentation.', '')];
  return fieldsOf(augmentationSchema, { augmentation }, rules).flatMap(names);
}

test('Every field of the spec can be set, and those without an effect are not shown.', () => {
  expect(keysOf({ kind: 'none' })).toEqual(['augmentation']);
  expect(keysOf({ kind: 'pad-crop-flip', pad: 4, flip: true })).toContain('pad');
  const strong = keysOf({ kind: 'composed', crop: 'resized', randomOperations: 2 });
  expect(strong).toEqual(
    expect.arrayContaining([
      'crop',
      'minArea',
      'flip',
      'hue',
      'randomMagnitude',
      'cutout',
      'cutmix',
    ]),
  );
  expect(strong).not.toContain('pad');
  const plain = keysOf({ kind: 'composed', crop: 'pad', randomOperations: 0 });
  expect(plain).toContain('pad');
  expect(plain).not.toContain('minArea');
  expect(plain).not.toContain('randomMagnitude');
  // What is left out is what the spec takes for it.
  expect(keysOf({ kind: 'composed' })).toEqual(plain);
});

test('Presets are those of the command line, each once and with a title of its own.', () => {
  for (const spec of Object.values(NAMED_AUGMENTATIONS)) {
    const name = presetOf(spec);
    expect(augmentationPresets.find((preset) => preset.name === name)?.spec).toEqual(spec);
  }
  expect(new Set(augmentationPresets.map(({ title }) => title)).size).toBe(
    augmentationPresets.length,
  );
  expect(presetOf({ kind: 'composed', cutout: 16 })).toBe('cutout');
  expect(presetOf({ kind: 'composed', cutout: 17 })).toBeUndefined();
  expect(presetOf({ kind: 'nonsense' })).toBeUndefined();
});

test('What is wrong is said at its field.', () => {
  expect(augmentationProblem({ kind: 'composed', cutout: 8 })).toBeUndefined();
  expect(augmentationProblem({ kind: 'composed', cutout: 1000 })).toEqual({
    path: 'augmentation.cutout',
    sentence: 'augmentation.cutout must be at most 512, not 1000.',
  });
});
