// The demonstration that terminal, start page and README pictures share: a residual network that learns
// in a minute, to be watched beside its plain twin. Pure.
import { ArchitectureSpec } from './architecture.ts';
import { RecipeSpec } from './recipe.ts';

/** Without decoys: a task that two minutes on two cores are enough for. */
export const DEMONSTRATION_DATA = 'builtin:shapes?decoys=0';

/** ResNet-32 (He et al. 2015, section 4.2) with half its widths. */
export function demonstrationNetwork(): ArchitectureSpec {
  return ArchitectureSpec.parse({
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
}

export interface DemonstrationRecipe {
  readonly name: string;
  readonly steps: number;
  readonly diagnosticsEvery: number;
}

export function demonstrationRecipe(options: DemonstrationRecipe): RecipeSpec {
  const { name, steps, diagnosticsEvery } = options;
  const warmupSteps = Math.max(1, Math.round(steps / 20));
  return RecipeSpec.parse({
    name,
    batch: 64,
    length: { kind: 'steps', steps },
    // With SGD at a rate of 0.05 two of three residual networks had not begun to learn after 320 steps; when one
    // begins is a matter of rounding. With AdamW all three had.
    optimizer: { kind: 'adamw' },
    schedule: { kind: 'cosine', rate: 0.006, warmup: { kind: 'linear', steps: warmupSteps } },
    diagnosticsEvery,
  });
}
