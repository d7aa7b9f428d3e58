// The trainings that studies plan: networks of any depth from one, quick and published recipes, a run for
// each seed. Pure.
import type { Preset, StudySetting } from '../../shared/contract/studies.ts';
import { inputError } from '../../shared/errors.ts';
import { ArchitectureSpec } from '../../shared/spec/architecture.ts';
import { demonstrationRecipe } from '../../shared/spec/demonstration.ts';
import { RecipeSpec } from '../../shared/spec/recipe.ts';
import { getRecipe } from '../../shared/spec/recipes.ts';
import { RunSpec } from '../../shared/spec/run.ts';
import { parseArchitecture } from '../zoo/parse-architecture.ts';
import { getArchitecture } from '../zoo/registry.ts';
import type { PlannedRun } from './study.ts';

/** What `quick` presets are made for; any data can be chosen. Without decoys and colours 300 steps teach a network. */
export const QUICK_DATA = 'builtin:shapes?decoys=0&colours=0&train=4000&val=1000';
/**
 * A 20-layer network then gets about half of the ten classes right in about 12 s on two cores. All quick
 * presets have this recipe, network and data, so that one study takes the runs of another.
 */
const QUICK_STEPS = 300;

/** The network of He et al. 2015 for CIFAR after the stem of its ImageNet networks, which quarters the sides. */
export function quickNetwork(blocks: number): ArchitectureSpec {
  return ArchitectureSpec.parse({
    name: `residual-${6 * blocks + 2}`,
    stem: { kind: 'imagenet', width: 16 },
    stages: [
      { blocks, width: 16 },
      { blocks, width: 32, stride: 2 },
      { blocks, width: 64, stride: 2 },
    ],
    block: { kind: 'basic' },
    shortcut: 'A',
  });
}

/** The setting's own network, else the preset's. */
export function baseNetwork(
  { network, preset }: StudySetting,
  presets: Readonly<Record<Preset, ArchitectureSpec | string>>,
): ArchitectureSpec {
  if (network !== undefined) return network;
  const given = presets[preset];
  return typeof given === 'string' ? getArchitecture(given).spec : given;
}

/** The network with so many blocks in each of its stages. */
export function withBlocks(base: ArchitectureSpec, blocks: number): ArchitectureSpec {
  const stages = base.stages.map((stage) => ({ ...stage, blocks }));
  const family = base.name.replace(/-?\d+$/, '');
  return changed(base, { name: `${family}-${depthOf({ ...base, stages })}`, stages });
}

/** @throws inputError `bad-architecture` */
export function changed(
  base: ArchitectureSpec,
  changes: Partial<Record<keyof ArchitectureSpec, unknown>>,
): ArchitectureSpec {
  return parseArchitecture({ ...base, ...changes });
}

/** Weighted layers: stem, those of the branches, the last one. */
export function depthOf({ stages, block }: ArchitectureSpec): number {
  const layers = { basic: 2, bottleneck: 3, single: 1 }[block.kind];
  return 2 + layers * stages.reduce((sum, stage) => sum + stage.blocks, 0);
}

/** @throws inputError `needs-residual` where a study takes shortcuts away or looks at them */
export function requireResidual(spec: ArchitectureSpec): void {
  if (spec.shortcut !== 'none') return;
  throw inputError(
    'needs-residual',
    `${spec.name} has no shortcuts, which this study is about. Choose a residual network.`,
    { path: 'network' },
  );
}

export interface Training {
  readonly quickSteps?: number;
  /** The paper's recipe by name. */
  readonly paper: string;
  /** Recipe fields that the study needs, whatever the preset. */
  readonly changes?: Partial<RecipeSpec>;
}

export function recipeOf(
  { preset, steps }: StudySetting,
  { quickSteps = QUICK_STEPS, paper, changes = {} }: Training,
): RecipeSpec {
  if (preset === 'quick') {
    const name = 'study-quick';
    const quick = demonstrationRecipe({ name, steps: steps ?? quickSteps, diagnosticsEvery: 20 });
    return RecipeSpec.parse({ ...quick, ...changes });
  }
  const length = steps === undefined ? {} : { length: { kind: 'steps' as const, steps } };
  return RecipeSpec.parse({ ...getRecipe(paper).recipe, ...length, ...changes });
}

export function seedsOf(
  { preset, seeds }: StudySetting,
  counts: Readonly<Record<Preset, number>>,
): readonly number[] {
  return seeds ?? Array.from({ length: counts[preset] }, (_, seed) => seed);
}

/** A run for each seed. */
export function runsOf(
  setting: StudySetting,
  given: {
    readonly label: string;
    readonly place: number;
    readonly architecture: ArchitectureSpec;
    readonly recipe: RecipeSpec;
    readonly seeds: readonly number[];
  },
): PlannedRun[] {
  const { label, place, architecture, recipe, seeds } = given;
  return seeds.map((seed) => ({
    key: `${label}, seed ${seed}`,
    label,
    place,
    spec: RunSpec.parse({ name: label, architecture, recipe, data: setting.data, seed }),
  }));
}
