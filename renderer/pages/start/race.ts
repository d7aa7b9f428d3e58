// The first thing to try: two networks of 32 layers, equal in everything but the shortcuts, on the
// built-in images without decoys. Takes about two minutes on two cores.
import { ArchitectureSpec } from '../../../shared/spec/architecture.ts';
import { RecipeSpec } from '../../../shared/spec/recipe.ts';
import { RunSpec } from '../../../shared/spec/run.ts';
import type { CallInput } from '../../client/host.ts';

const RACE_STEPS = 500;

export function raceInput(): CallInput<'runs.start'> {
  const architecture = ArchitectureSpec.parse({
    name: 'residual-32',
    stem: { kind: 'cifar', width: 8 },
    stages: [
      { blocks: 5, width: 8 },
      { blocks: 5, width: 16, stride: 2 },
      { blocks: 5, width: 32, stride: 2 },
    ],
    block: { kind: 'basic' },
    shortcut: 'A',
  });
  const recipe = RecipeSpec.parse({
    name: 'race',
    batch: 64,
    length: { kind: 'steps', steps: RACE_STEPS },
    optimizer: { momentum: 0.9, weightDecay: 5e-4 },
    schedule: { kind: 'cosine', rate: 0.05, warmup: { kind: 'linear', steps: 30 } },
    diagnosticsEvery: 5,
  });
  const spec = RunSpec.omit({ seed: true }).parse({
    name: 'Race',
    group: 'Plain against residual',
    architecture,
    recipe,
    data: { source: 'builtin:shapes?decoys=0' },
  });
  return { spec, seeds: [0], withPlainTwin: true };
}
