// The plan that studies of trained networks share: a residual network and its plain twin at some depths, a
// run for each seed. With the same recipe as Degradation, so its runs are taken. Pure.
import type { StudySetting } from '../../shared/contract/studies.ts';
import type { RecipeSpec } from '../../shared/spec/recipe.ts';
import { plainTwin } from '../zoo/parse-architecture.ts';
import type { PlannedRun } from './study.ts';
import {
  baseNetwork,
  depthOf,
  quickNetwork,
  recipeOf,
  requireResidual,
  runsOf,
  seedsOf,
  withBlocks,
} from './trainings.ts';

export interface ResidualRuns {
  /** Blocks in each stage. */
  readonly quickBlocks: readonly number[];
  readonly paperBlocks: readonly number[];
  readonly quickSeeds: number;
  readonly paperSeeds: number;
  readonly withPlain: boolean;
  readonly changes?: Partial<RecipeSpec>;
}

/** Labels are `residual-DEPTH` and `plain-DEPTH`. */
export function residualRuns(setting: StudySetting, wanted: ResidualRuns): PlannedRun[] {
  const base = baseNetwork(setting, { quick: quickNetwork(3), paper: 'resnet20' });
  requireResidual(base);
  const changes = wanted.changes ?? {};
  const recipe = recipeOf(setting, { paper: 'he2015-warmup', changes });
  const seeds = seedsOf(setting, { quick: wanted.quickSeeds, paper: wanted.paperSeeds });
  const counts = setting.preset === 'quick' ? wanted.quickBlocks : wanted.paperBlocks;
  return counts.flatMap((blocks) => {
    const residual = withBlocks(base, blocks);
    const depth = depthOf(residual);
    const common = { place: depth, recipe, seeds };
    const plain = plainTwin(residual);
    return [
      ...runsOf(setting, { ...common, label: `residual-${depth}`, architecture: residual }),
      ...(wanted.withPlain
        ? runsOf(setting, { ...common, label: `plain-${depth}`, architecture: plain })
        : []),
    ];
  });
}

export const isPlainRun = ({ label }: Pick<PlannedRun, 'label'>): boolean =>
  label.startsWith('plain');
