// The options of `train` → run specs, one for each seed. Reads the files that the options name and
// nothing else.
import type { PixelRules } from '../../shared/spec/pixel-rules.ts';
import { z } from 'zod';
import { inputError } from '../../shared/errors.ts';
import { ArchitectureSpec } from '../../shared/spec/architecture.ts';
import { describeIssue } from '../../shared/spec/issue-sentence.ts';
import {
  AveragingSpec,
  CheckpointsSpec,
  EarlyStoppingSpec,
  FrozenSpec,
  LengthSpec,
  OptimizerSpec,
  RecipeSpec,
  ScheduleSpec,
  WarmupSpec,
  type RecipeInput,
} from '../../shared/spec/recipe.ts';
import { changedName } from '../../shared/spec/recipe-origin.ts';
import { firstRecipeFor, recipeFor } from '../../shared/spec/family-recipe.ts';
import { getRecipe } from '../../shared/spec/recipes.ts';
import { DataSettings, DataSpec, RunSpec } from '../../shared/spec/run.ts';
import { parseArchitecture } from '../zoo/parse-architecture.ts';
import { withOwnName } from '../zoo/own-name.ts';
import { getArchitecture } from '../zoo/registry.ts';
import { dataFrom, type FolderOptions } from './folder-options.ts';
import { looksLikeFile, readJsonFile } from './json-file.ts';
import {
  badOption,
  parseAugmentation,
  parseNormalization,
  parsePositive,
  parseSeeds,
  parsePrecision,
  parseSwitch,
  readDevices,
  parseWhole,
} from './option-values.ts';
import { applySetting, parseSetting, type Setting } from './setting.ts';
import { userPath } from '../host/user-path.ts';

export interface TrainOptions extends FolderOptions {
  readonly data: string;
  readonly arch: string;
  readonly set?: readonly string[];
  readonly recipe?: string;
  readonly epochs?: string;
  readonly steps?: string;
  readonly batch?: string;
  readonly seed?: string;
  readonly weights?: string;
  readonly newHead?: boolean;
  readonly devices?: string;
  readonly precision?: string;
  readonly shuffle?: string;
  readonly augment?: string;
  readonly normalize?: string;
  readonly diagnostics?: string;
  readonly name?: string;
  readonly group?: string;
}

/** In the order of the seeds; several seeds share a group. */
export function runSpecs(options: TrainOptions, rules?: PixelRules): readonly RunSpec[] {
  const settings = (options.set ?? []).map(parseSetting);
  const architecture = networkWith(readArchitecture(options.arch), settings);
  const document = {
    recipe: recipeWith(options, architecture),
    data: dataFrom(options.data, options, rules),
  };
  const { recipe, data } = withSettings(document, settings);
  const seeds = parseSeeds(options.seed ?? '0');
  const group =
    options.group ?? (seeds.length > 1 ? (options.name ?? architecture.name) : undefined);
  return seeds.map((seed) =>
    parseRun({
      architecture,
      recipe,
      data,
      seed,
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(group === undefined ? {} : { group }),
      ...(options.weights === undefined ? {} : { weights: userPath(options.weights) }),
      ...(options.newHead === true ? { newHead: true } : {}),
      ...(options.devices === undefined ? {} : { devices: readDevices(options.devices) }),
    }),
  );
}

/** The settings of a dataset that is looked at: those of a new run, changed by `--set data.…`. */
export function dataSpecWith(
  source: string,
  options: FolderOptions & Pick<TrainOptions, 'set'>,
  rules?: PixelRules,
): DataSpec {
  let data: unknown = dataFrom(source, options, rules);
  for (const setting of (options.set ?? []).map(parseSetting)) {
    const [first, ...rest] = setting.path;
    const path = first === 'data' ? rest : setting.path;
    data = applySetting(data, DataSettings, { ...setting, path });
  }
  return parseData(data);
}

/** A registered name or a spec file. */
export function readArchitecture(text: string): ArchitectureSpec {
  if (!looksLikeFile(text)) return getArchitecture(text).spec;
  return parseArchitecture(readJsonFile(text, 'The architecture'));
}

export function readRecipe(text: string): RecipeSpec {
  if (!looksLikeFile(text)) return getRecipe(text).recipe;
  return parseRecipe(readJsonFile(text, 'The recipe'));
}

function recipeWith(options: TrainOptions, architecture: ArchitectureSpec): RecipeSpec {
  const { recipe } = options;
  const base = recipe === undefined ? firstRecipeFor(architecture).recipe : readRecipe(recipe);
  if (options.epochs !== undefined && options.steps !== undefined) {
    throw badOption('--epochs', 'and --steps both say how long to train; give one of them');
  }
  const changes: Partial<RecipeInput> = {
    ...(options.epochs === undefined
      ? {}
      : { length: { kind: 'epochs', epochs: parsePositive('--epochs', options.epochs) } }),
    ...(options.steps === undefined
      ? {}
      : { length: { kind: 'steps', steps: parseWhole('--steps', options.steps) } }),
    ...(options.batch === undefined ? {} : { batch: parseWhole('--batch', options.batch) }),
    ...(options.precision === undefined ? {} : { precision: parsePrecision(options.precision) }),
    ...(options.shuffle === undefined
      ? {}
      : { shuffle: parseSwitch('--shuffle', options.shuffle) }),
    ...(options.augment === undefined ? {} : { augmentation: parseAugmentation(options.augment) }),
    ...(options.normalize === undefined
      ? {}
      : { normalization: parseNormalization(options.normalize) }),
    ...(options.diagnostics === undefined
      ? {}
      : { diagnosticsEvery: parseWhole('--diagnostics', options.diagnostics, 0) }),
  };
  return recipeFor(architecture, parseRecipe({ ...base, ...changes }));
}

interface Document {
  readonly recipe: RecipeSpec;
  readonly data: DataSpec;
}

const parts = {
  architecture: ArchitectureSpec,
  recipe: RecipeSpec,
  data: DataSettings,
} as const;

/** Everything that can be addressed without saying which part it belongs to. */
const addressable = z.object({
  ...settable(ArchitectureSpec.shape),
  ...settable(RecipeSpec.shape),
  data: parts.data,
});

function settable<Shape extends { name: z.ZodType; format: z.ZodType }>(
  shape: Shape,
): Omit<Shape, 'name' | 'format'> {
  const rest: Omit<Shape, 'name' | 'format'> & Partial<Shape> = { ...shape };
  delete rest.name;
  delete rest.format;
  return rest;
}

function isOfNetwork({ path: [first = ''] }: Setting): boolean {
  return first in ArchitectureSpec.shape && first in addressable.shape;
}

/** What a recipe is chosen for depends on it, so it comes first. */
function networkWith(given: ArchitectureSpec, settings: readonly Setting[]): ArchitectureSpec {
  let architecture: unknown = given;
  for (const setting of settings.filter(isOfNetwork)) {
    architecture = applySetting(architecture, parts.architecture, setting);
  }
  return withOwnName(parseArchitecture(architecture));
}

function withSettings(document: Document, settings: readonly Setting[]): Document {
  let { recipe, data }: Record<keyof Document, unknown> = document;
  let changesRecipe = false;
  for (const setting of settings.filter((one) => !isOfNetwork(one))) {
    const [first = ''] = setting.path;
    if (first in RecipeSpec.shape && first in addressable.shape) {
      recipe = applySetting(recipe, parts.recipe, setting);
      changesRecipe = true;
    } else {
      const applied = applySetting({ data }, addressable, setting) as { data: unknown };
      data = applied.data;
    }
  }
  return {
    recipe: changesRecipe ? changed(parseRecipe(recipe)) : document.recipe,
    data: parseData(data),
  };
}

function changed(recipe: RecipeSpec): RecipeSpec {
  return { ...recipe, name: changedName(recipe.name) };
}

const recipeFields = [
  ...Object.keys(RecipeSpec.shape),
  ...Object.keys(CheckpointsSpec.shape),
  ...[
    ...[AveragingSpec, EarlyStoppingSpec, FrozenSpec, LengthSpec, OptimizerSpec, ScheduleSpec],
    WarmupSpec,
  ].flatMap(({ options }) => options.flatMap((option) => Object.keys(option.shape))),
];

export function parseRecipe(json: unknown): RecipeSpec {
  const parsed = RecipeSpec.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path: where, sentence } = describeIssue(parsed.error, {
    value: json,
    document: 'The recipe',
    fields: recipeFields,
  });
  throw inputError('bad-recipe', sentence, { path: where });
}

function parseData(json: unknown): DataSpec {
  const parsed = DataSpec.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path: where, sentence } = describeIssue(parsed.error, {
    value: json,
    document: 'data',
    fields: Object.keys(DataSpec.shape),
  });
  throw inputError('bad-data-setting', `data.${sentence}`, { path: `data.${where}` });
}

function parseRun(value: unknown): RunSpec {
  const parsed = RunSpec.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path: where, sentence } = describeIssue(parsed.error, {
    value,
    document: 'The run',
    fields: [],
  });
  // `--name` and `--group` have the names of the fields they set.
  throw badOption(`--${where}`, sentence.slice(where.length + 1).replace(/\.$/, ''));
}
