// How the fields of an augmentation are called, which have an effect when, and the presets by name. The
// document of the form is `{ augmentation }`, so that the same rules serve a recipe.
import { recipeChoices, recipeLabels } from '../../../shared/spec/recipe-fields.ts';
import { z } from 'zod';
import { AugmentationSpec, NAMED_AUGMENTATIONS } from '../../../shared/spec/augmentation.ts';
import { describeIssue, type SpecIssue } from '../../../shared/spec/issue-sentence.ts';
import type { FormRules } from '../schema-form/fields.ts';
import type { JsonSchema } from '../schema-form/json-schema.ts';
import { isEqual, valueAt } from '../schema-form/value-path.ts';

const document = z.object({ augmentation: AugmentationSpec });
const fields = AugmentationSpec.options.flatMap((option) => Object.keys(option.shape));

export const augmentationSchema = z.toJSONSchema(document, { io: 'input' }) as JsonSchema;

/** What a field needs to have an effect, by its own name. */
const needs: Readonly<Record<string, readonly [field: string, is: (value: unknown) => boolean]>> = {
  'augmentation.minArea': ['crop', (crop) => crop === 'resized'],
  'augmentation.minAspect': ['crop', (crop) => crop === 'resized'],
  'augmentation.randomMagnitude': [
    'randomOperations',
    (count) => count !== 0 && count !== undefined,
  ],
};

export function appliesToAugmentation(key: string, given: unknown): boolean {
  const kind = valueAt(given, ['augmentation', 'kind']);
  if (key === 'augmentation.pad' && kind === 'composed') {
    const crop = valueAt(given, ['augmentation', 'crop']);
    return crop === undefined || crop === 'pad';
  }
  const need = needs[key];
  return need === undefined || need[1](valueAt(given, ['augmentation', need[0]]));
}

export const augmentationRules = {
  hidden: [],
  labels: recipeLabels,
  units: {
    'augmentation.pad': 'px',
    'augmentation.minArea': 'of the image',
    'augmentation.randomOperations': 'operations',
    'augmentation.randomMagnitude': 'of 10',
    'augmentation.cutout': 'px',
    'augmentation.mixup': 'α',
    'augmentation.cutmix': 'α',
  },
  hints: {
    'augmentation.crop': 'Of a padded image, or of a part that is brought to size.',
    'augmentation.minArea': 'Smallest share of the image that a crop shows; ImageNet’s is 0.08.',
    'augmentation.minAspect': 'A crop’s proportions lie between this and its inverse.',
    'augmentation.flip': 'Every other image is mirrored, left to right.',
    'augmentation.brightness': 'Factors from 1 − b to 1 + b.',
    'augmentation.contrast': 'Factors from 1 − c to 1 + c.',
    'augmentation.saturation': 'Factors from 1 − s to 1 + s.',
    'augmentation.hue': 'Largest turn, as a share of half the colour circle.',
    'augmentation.randomOperations':
      'So many of fourteen operations for each image, one after the other; 0 leaves them out.',
    'augmentation.cutout': 'Side of the square that is blanked; 0 leaves it out.',
    'augmentation.mixup': 'Blends pairs of images and their targets; the papers use 0.2 to 1.',
    'augmentation.cutmix':
      'Pastes a rectangle of another image, and mixes the targets by its area; the paper uses 1.',
  },
  choices: recipeChoices,
} as const satisfies FormRules;

const presetTitles: Readonly<Record<string, string>> = {
  none: 'None',
  'pad-crop-flip': 'Pad, crop, flip',
  cutout: 'Cutout',
  'resized-crop': 'Random resized crop',
  jitter: 'Colour jitter',
  randaugment: 'RandAugment',
  mixup: 'Mixup',
  cutmix: 'Cutmix',
  strong: 'Strong',
};

/** What the command line calls them, without second names for the same. */
export const augmentationPresets = Object.entries(NAMED_AUGMENTATIONS)
  .filter(([, spec], i, all) => all.findIndex(([, other]) => isEqual(other, spec)) === i)
  .map(([name, spec]) => ({ name, spec, title: presetTitles[name] ?? name }));

/** The name of the preset that this is, if it is one. */
export function presetOf(augmentation: unknown): string | undefined {
  const parsed = AugmentationSpec.safeParse(augmentation);
  if (!parsed.success) return undefined;
  return augmentationPresets.find(({ spec }) => isEqual(spec, parsed.data))?.name;
}

/** The first thing that is wrong with it, as the form shows it. */
export function augmentationProblem(augmentation: unknown): SpecIssue | undefined {
  const value = { augmentation };
  const parsed = document.safeParse(value);
  if (parsed.success) return undefined;
  return describeIssue(parsed.error, { value, document: 'The augmentation', fields });
}
