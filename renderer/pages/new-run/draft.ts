// The run being set up, as plain data: remembered, copied, pasted, kept as a preset. Pure.
import { changedArchitectureName } from '../../../shared/spec/architecture-name.ts';
import { ArchitectureSpec } from '../../../shared/spec/architecture.ts';
import { familyOf, type Family } from '../../../shared/spec/autoencoder.ts';
import { familyConflict, firstRecipeFor } from '../../../shared/spec/family-recipe.ts';
import { devicesConflict, parseDevices, type DeviceList } from '../../../shared/spec/devices.ts';
import { describeIssue } from '../../../shared/spec/issue-sentence.ts';
import { recipeConflict } from '../../../shared/spec/recipe-check.ts';
import { RecipeSpec } from '../../../shared/spec/recipe.ts';
import { RECIPES } from '../../../shared/spec/recipes.ts';
import { DataSpec, RunSpec } from '../../../shared/spec/run.ts';

export interface Draft {
  readonly name: string;
  readonly group: string;
  /** As typed: `0, 1, 2` or `0-4`. */
  readonly seeds: string;
  readonly withPlainTwin: boolean;
  readonly weights: string;
  /** With weights: leave their last layer and train a new one. */
  readonly newHead?: boolean;
  /** As typed: `0, 1`; empty for one that is free. */
  readonly devices?: string;
  /** The named architecture and recipe that differences are shown against. */
  readonly architectureName: string;
  readonly recipeName: string;
  readonly architecture: unknown;
  readonly data: unknown;
  readonly recipe: unknown;
}

export interface Problem {
  readonly path: string;
  readonly sentence: string;
}

export const DEFAULT_SOURCE = 'builtin:shapes';

export function firstDraft(architecture: { name: string; spec: unknown } | undefined): Draft {
  const [quick] = RECIPES;
  return {
    name: '',
    group: '',
    seeds: '0',
    withPlainTwin: false,
    weights: '',
    architectureName: architecture?.name ?? '',
    recipeName: quick?.name ?? '',
    architecture: architecture?.spec,
    data: DataSpec.parse({ source: DEFAULT_SOURCE }),
    recipe: quick?.recipe,
  };
}

/** `0, 2, 5-7` → 0 2 5 6 7; a sentence if it is something else. */
export function parseSeeds(text: string): readonly number[] | string {
  const seeds = new Set<number>();
  for (const part of text.split(/[,;\s]+/).filter((piece) => piece !== '')) {
    const found = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part);
    if (found === null) return `“${part}” is no seed; write whole numbers such as 0, 1, 2 or 0-4.`;
    const from = Number(found[1]);
    const to = Number(found[2] ?? found[1]);
    if (to < from) return `${part} counts backwards; write ${to}-${from}.`;
    if (to - from >= 100)
      return `${part} are ${to - from + 1} runs; at most 100 are started at once.`;
    for (let seed = from; seed <= to; seed++) seeds.add(seed);
  }
  if (seeds.size === 0) return 'Give at least one seed, e.g. 0.';
  if (seeds.size > 100) return `These are ${seeds.size} runs; at most 100 are started at once.`;
  return [...seeds];
}

/** What the page itself can see is wrong; the host says the rest. */
export function recipeProblem(recipe: unknown, network?: unknown): Problem | undefined {
  const parsed = RecipeSpec.safeParse(recipe);
  if (parsed.success) {
    const architecture = ArchitectureSpec.safeParse(network).data;
    return (
      recipeConflict(parsed.data) ?? (architecture && familyConflict(architecture, parsed.data))
    );
  }
  const fields = Object.keys(RecipeSpec.shape);
  return describeIssue(parsed.error, { value: recipe, document: 'The recipe', fields });
}

/** A network that is half typed is taken for a classifier. */
export function familyOfDraft(architecture: unknown): Family {
  const parsed = ArchitectureSpec.safeParse(architecture);
  return parsed.success ? familyOf(parsed.data) : 'classifier';
}

/** What changes in a draft when its network does: nothing as long as both are of one family. */
export function recipeForFamily(
  draft: Draft,
  architecture: unknown,
): Pick<Partial<Draft>, 'recipe' | 'recipeName'> {
  const parsed = ArchitectureSpec.safeParse(architecture);
  if (!parsed.success || familyOf(parsed.data) === familyOfDraft(draft.architecture)) return {};
  const { name, recipe } = firstRecipeFor(parsed.data);
  return { recipeName: name, recipe };
}

export function dataProblem(data: unknown): Problem | undefined {
  const parsed = DataSpec.safeParse(data);
  if (parsed.success) return undefined;
  const fields = Object.keys(DataSpec.shape);
  return describeIssue(parsed.error, { value: data, document: 'The data', fields });
}

function devicesOf({ devices = '' }: Draft): DeviceList | string | undefined {
  return devices.trim() === '' ? undefined : parseDevices(devices);
}

/** What is wrong with the devices by themselves, or with the recipe on them. */
export function devicesProblem(draft: Draft): string | undefined {
  const devices = devicesOf(draft);
  if (devices === undefined || typeof devices === 'string') return devices;
  const recipe = RecipeSpec.safeParse(draft.recipe);
  return recipe.success ? devicesConflict({ recipe: recipe.data, devices })?.sentence : undefined;
}

type StartSpec = Omit<RunSpec, 'seed'>;

/**
 * What is given to the host; only for a draft without problems.
 * @param base the network that the draft's was made from, if it is a named one
 */
export function startSpec(draft: Draft, base?: ArchitectureSpec): StartSpec {
  const seeds = parseSeeds(draft.seeds);
  const isMany = draft.withPlainTwin || (typeof seeds !== 'string' && seeds.length > 1);
  const given = ArchitectureSpec.parse(draft.architecture);
  const architecture =
    base === undefined ? given : { ...given, name: changedArchitectureName(base, given) };
  const name = draft.name.trim();
  const group = draft.group.trim() || (isMany ? name || architecture.name : '');
  return RunSpec.omit({ seed: true }).parse({
    architecture,
    data: draft.data,
    recipe: draft.recipe,
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    ...(draft.weights.trim() === '' ? {} : { weights: draft.weights.trim() }),
    ...(draft.weights.trim() !== '' && draft.newHead === true ? { newHead: true } : {}),
    ...(devicesOf(draft) === undefined ? {} : { devices: devicesOf(draft) }),
  });
}

/** As it is copied and kept: the run's spec, with the seeds as a list. */
export function draftDocument(draft: Draft): Record<string, unknown> {
  const { name, group, weights, newHead, architecture, data, recipe, withPlainTwin } = draft;
  const devices = devicesOf(draft);
  const seeds = parseSeeds(draft.seeds);
  return {
    format: 1,
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    ...(weights === '' ? {} : { weights }),
    ...(newHead === true ? { newHead } : {}),
    ...(devices === undefined || typeof devices === 'string' ? {} : { devices }),
    architecture,
    data,
    recipe,
    seeds: typeof seeds === 'string' ? [0] : seeds,
    ...(withPlainTwin ? { withPlainTwin } : {}),
  };
}

/**
 * Takes what the document has into the draft: a whole run, only an architecture, or only a recipe. A
 * sentence if it is none of these.
 */
export function withDocument(draft: Draft, text: string): Draft | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return `This is not JSON: ${error instanceof Error ? error.message : String(error)}.`;
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return 'A spec is a JSON object with an architecture, a recipe or a whole run.';
  }
  const given = json as Record<string, unknown>;
  if ('stages' in given) return withArchitecture(draft, given);
  if ('optimizer' in given || 'schedule' in given || 'batch' in given)
    return withRecipe(draft, given);
  if (!('architecture' in given) && !('recipe' in given)) {
    return 'This JSON holds neither an architecture (with stages) nor a recipe nor a run.';
  }
  let next: Draft | string = draft;
  if (isObject(given['architecture'])) next = withArchitecture(next, given['architecture']);
  if (typeof next !== 'string' && isObject(given['recipe']))
    next = withRecipe(next, given['recipe']);
  if (typeof next === 'string') return next;
  const seeds = Array.isArray(given['seeds']) ? given['seeds'] : [given['seed'] ?? 0];
  const textOf = (key: string): string => (typeof given[key] === 'string' ? given[key] : '');
  return {
    ...next,
    data: isObject(given['data']) ? withDataDefaults(given['data']) : next.data,
    name: textOf('name'),
    group: textOf('group'),
    weights: textOf('weights'),
    ...(given['newHead'] === true ? { newHead: true } : {}),
    ...(Array.isArray(given['devices']) ? { devices: given['devices'].join(', ') } : {}),
    seeds: seeds.join(', '),
    withPlainTwin: given['withPlainTwin'] === true,
  };
}

/** Defaults are filled in where the rest allows; what is wrong stays, to be shown in its place. */
function withArchitecture(draft: Draft, given: Record<string, unknown>): Draft {
  const parsed = ArchitectureSpec.safeParse(given);
  const architecture: unknown = parsed.success ? parsed.data : given;
  const name = typeof given['name'] === 'string' ? given['name'] : '';
  return { ...draft, architecture, architectureName: name };
}

function withRecipe(draft: Draft, given: Record<string, unknown>): Draft {
  const parsed = RecipeSpec.safeParse(given);
  const recipe: unknown = parsed.success ? parsed.data : given;
  const name = typeof given['name'] === 'string' ? given['name'] : '';
  return { ...draft, recipe, recipeName: name };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withDataDefaults(given: Record<string, unknown>): unknown {
  const parsed = DataSpec.safeParse(given);
  return parsed.success ? parsed.data : given;
}
