// The two networks of the demonstration and how they are trained: equal in everything but the
// shortcuts, so that any difference is theirs. Pure.
import { ArchitectureSpec } from '../../../shared/spec/architecture.ts';
import { RecipeSpec } from '../../../shared/spec/recipe.ts';
import { RunSpec } from '../../../shared/spec/run.ts';
import { plainTwin } from '../../zoo/parse-architecture.ts';

/** Without decoys: a task that two minutes on two cores are enough for. */
export const DEMO_DATA = 'builtin:shapes?decoys=0';

export const TWINS = ['plain', 'residual'] as const;
export type Twin = (typeof TWINS)[number];
export type Pair<T> = Readonly<Record<Twin, T>>;

/** ResNet-32 (He et al. 2015, section 4.2) with half its widths, so that it learns in a minute. */
const residual = ArchitectureSpec.parse({
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

const architectures: Readonly<Record<Twin, ArchitectureSpec>> = {
  residual,
  plain: { ...plainTwin(residual), name: 'plain-32' },
};

/** In the order of `TWINS`. */
export function demoSpecs(options: { readonly steps: number; readonly seed: number }): RunSpec[] {
  return TWINS.map((twin) => demoSpec(architectures[twin], options));
}

function demoSpec(
  architecture: ArchitectureSpec,
  { steps, seed }: { readonly steps: number; readonly seed: number },
): RunSpec {
  return RunSpec.parse({
    name: `demo ${architecture.name}`,
    group: 'demo',
    architecture,
    data: { source: DEMO_DATA },
    recipe: RecipeSpec.parse({
      name: 'demo',
      batch: 64,
      length: { kind: 'steps', steps },
      optimizer: { momentum: 0.9, weightDecay: 5e-4 },
      schedule: {
        kind: 'cosine',
        rate: 0.05,
        warmup: { kind: 'linear', steps: Math.max(1, Math.round(steps / 20)) },
      },
      diagnosticsEvery: 10,
    }),
    seed,
  });
}

/** The steps that fit into a time, at least enough to see something move. */
export function stepsWithin(durationMs: number, stepMs: number): number {
  const leastSteps = 20;
  return Math.max(leastSteps, Math.floor(durationMs / stepMs / 10) * 10);
}
