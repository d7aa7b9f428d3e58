// What the library is told when a run is made, whoever makes it: a command or the app's queue.
import { recipeOrigin } from '../../shared/spec/recipe-origin.ts';
import type { RunSpec } from '../../shared/spec/run.ts';
import type { NewRun } from '../store/run-record.ts';
import type { DatasetOutline } from './dataset-outline.ts';

export function newRun(
  spec: RunSpec,
  facts: {
    readonly data: DatasetOutline;
    readonly codeVersion: string;
    readonly totalSteps: number;
  },
): NewRun {
  const { data, codeVersion, totalSteps } = facts;
  return {
    name: spec.name ?? spec.architecture.name,
    group: spec.group ?? null,
    architecture: spec.architecture.name,
    seed: spec.seed,
    spec,
    recipeOrigin: recipeOrigin(spec.recipe),
    dataName: data.name,
    dataFingerprint: data.fingerprint,
    classCount: data.classes.length,
    codeVersion,
    totalSteps,
  };
}
