// The learning-rate schedule as a small curve: sampled where it bends, drawn as an SVG path. Pure.
import type { RecipeSpec } from '../../../shared/spec/recipe.ts';
import { rateAt } from '../../../shared/spec/extended-schedule.ts';
import { totalSteps } from '../../../shared/spec/schedule.ts';

export interface ScheduleCurve {
  readonly steps: number;
  readonly highest: number;
  readonly path: string;
  /** Learning rate and x of the steps sampled, for the reading under the pointer. */
  readonly samples: readonly { readonly x: number; readonly step: number; readonly rate: number }[];
}

const SAMPLES = 240;

export function scheduleCurve(
  recipe: RecipeSpec,
  options: { readonly examples: number; readonly width: number; readonly height: number },
): ScheduleCurve {
  const { width, height, examples } = options;
  const steps = totalSteps(recipe.length, { batch: recipe.batch, examples });
  const count = Math.min(SAMPLES, steps);
  const samples = Array.from({ length: count }, (_, at) => {
    const step = count === 1 ? 0 : Math.round((at * (steps - 1)) / (count - 1));
    const rate = rateAt(recipe, step, steps);
    return { x: count === 1 ? 0 : (at / (count - 1)) * width, step, rate };
  });
  const highest = Math.max(...samples.map((sample) => sample.rate));
  const y = (rate: number): number => height - (rate / (highest || 1)) * height;
  const path = samples
    .map(({ x, rate }, at) => `${at === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y(rate).toFixed(1)}`)
    .join('');
  return { steps, highest, path, samples };
}
