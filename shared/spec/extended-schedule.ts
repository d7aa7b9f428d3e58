// The learning rate of a run that was extended: up to each extension as it was planned before, from there
// on as the extension says. So a spec describes the whole run, and the same spec trained straight through
// has the same rates. Pure.
import type { ExtensionSpec, RecipeSpec, ScheduleSpec } from './recipe.ts';
import { learningRate } from './schedule.ts';

type Scheduled = Pick<RecipeSpec, 'schedule' | 'extensions'>;

/** Learning rate of step `step` (from 0) of `steps`, extensions included. */
export function rateAt(
  { schedule, extensions = [] }: Scheduled,
  step: number,
  steps: number,
): number {
  const ends = [...extensions.map(({ fromStep }) => fromStep), steps];
  let origin = 0;
  let end = ends[0] ?? steps;
  extensions.forEach((extension, i) => {
    if (step < extension.fromStep) return;
    if (extension.schedule === 'append') origin = extension.fromStep;
    end = ends[i + 1] ?? steps;
  });
  return learningRate(
    origin === 0 ? schedule : withoutWarmup(schedule),
    step - origin,
    end - origin,
  );
}

/** A network that has been trained needs no warm-up again. */
function withoutWarmup(schedule: ScheduleSpec): ScheduleSpec {
  return schedule.kind === 'one-cycle' ? schedule : { ...schedule, warmup: { kind: 'none' } };
}

/** Stretched or appended, it is the same: no need to ask, and nothing to note in the recipe. */
export function isConstant({ schedule }: Scheduled): boolean {
  return schedule.kind === 'constant';
}

/** The recipe of a run of `fromStep` steps that is to go on for `length`. */
export function extendedRecipe(
  recipe: RecipeSpec,
  extension: Pick<RecipeSpec, 'length'> & ExtensionSpec,
): RecipeSpec {
  const { length, ...entry } = extension;
  if (isConstant(recipe)) return { ...recipe, length };
  return { ...recipe, length, extensions: [...(recipe.extensions ?? []), entry] };
}
