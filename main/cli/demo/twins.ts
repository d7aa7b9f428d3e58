// The two networks of the demonstration and how they are trained: equal in everything but the
// shortcuts, so that any difference is theirs. Pure.
import type { ArchitectureSpec } from '../../../shared/spec/architecture.ts';
import {
  DEMONSTRATION_DATA,
  demonstrationNetwork,
  demonstrationRecipe,
} from '../../../shared/spec/demonstration.ts';
import { RunSpec } from '../../../shared/spec/run.ts';
import { plainTwin } from '../../zoo/parse-architecture.ts';

export const TWINS = ['plain', 'residual'] as const;
export type Twin = (typeof TWINS)[number];
export type Pair<T> = Readonly<Record<Twin, T>>;

const residual = demonstrationNetwork();

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
    data: { source: DEMONSTRATION_DATA },
    recipe: demonstrationRecipe({ name: 'demo', steps, diagnosticsEvery: 10 }),
    seed,
  });
}

/** The steps that fit into a time, at least enough to see something move. */
export function stepsWithin(durationMs: number, stepMs: number): number {
  const leastSteps = 20;
  return Math.max(leastSteps, Math.floor(durationMs / stepMs / 10) * 10);
}
