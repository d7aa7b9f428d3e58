// A run of twelve steps on generated images.
import { RecipeSpec } from '../../../shared/spec/recipe.ts';
import { RunSpec, type RunSpec as Spec } from '../../../shared/spec/run.ts';
import { getArchitecture } from '../../zoo/registry.ts';

export function exampleSpec(source = 'builtin:shapes?train=20&val=10', seed = 1): Spec {
  return RunSpec.parse({
    architecture: getArchitecture('mini-basic-a').spec,
    data: { source },
    recipe: RecipeSpec.parse({ batch: 4, length: { kind: 'steps', steps: 12 } }),
    seed,
  });
}
