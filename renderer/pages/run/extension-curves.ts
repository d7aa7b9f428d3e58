// The learning rate of a run before and after an extension, as two SVG paths on one axis of steps. Pure.
import { rateAt } from '../../../shared/spec/extended-schedule.ts';
import type { RecipeSpec } from '../../../shared/spec/recipe.ts';

export interface ExtensionCurves {
  readonly before: string;
  readonly after: string;
  /** Where the extension begins. */
  readonly splitX: number;
  readonly highest: number;
}

const SAMPLES = 240;

export function extensionCurves(
  { before, after }: { readonly before: RecipeSpec; readonly after: RecipeSpec },
  options: {
    readonly fromSteps: number;
    readonly toSteps: number;
    readonly width: number;
    readonly height: number;
  },
): ExtensionCurves {
  const { fromSteps, toSteps, width, height } = options;
  const x = (step: number): number => (step / Math.max(1, toSteps - 1)) * width;
  const sample = (recipe: RecipeSpec, first: number, steps: number) => {
    const count = Math.max(1, Math.min(SAMPLES, steps - first));
    return Array.from({ length: count }, (_, at) => {
      const step =
        count === 1 ? first : first + Math.round((at * (steps - 1 - first)) / (count - 1));
      return { step, rate: rateAt(recipe, step, steps) };
    });
  };
  const old = sample(before, 0, fromSteps);
  const fresh = sample(after, fromSteps, toSteps);
  const highest = Math.max(...[...old, ...fresh].map(({ rate }) => rate));
  const path = (points: typeof old): string =>
    points
      .map(({ step, rate }, at) => {
        const y = height - (rate / (highest || 1)) * height;
        return `${at === 0 ? 'M' : 'L'}${x(step).toFixed(1)} ${y.toFixed(1)}`;
      })
      .join('');
  return { before: path(old), after: path(fresh), splitX: x(fromSteps), highest };
}
