// Which of a run's evaluations is its best: the first that nothing exceeds in what the recipe monitors. The
// trainer keeps a checkpoint by it; records, tables and comparisons read all "best" validation values there.
// Pure.
import type { CheckpointsSpec } from '../spec/recipe.ts';

export type Monitor = CheckpointsSpec['monitor'];

export interface Score {
  /** Share of one; NaN of an autoencoder, which has none. */
  readonly accuracy: number;
  /** Nats. */
  readonly loss: number;
}

export function scoreOf(facts: { readonly loss: number; readonly accuracy?: number }): Score {
  return { loss: facts.loss, accuracy: facts.accuracy ?? Number.NaN };
}

/** Larger is better, whatever is monitored; a value that is not a number is the worst. */
export function merit(monitor: Monitor, { accuracy, loss }: Score): number {
  const value = monitor === 'accuracy' ? accuracy : -loss;
  return Number.isNaN(value) ? -Infinity : value;
}

/**
 * The first evaluation is the best so far, whatever it is. Told by what the library keeps of a value, which is
 * float32: so a run's points name the same best as its trainer.
 */
export function isBetter(monitor: Monitor, score: Score, known: Score | undefined): boolean {
  const meritOf = (one: Score): number => Math.fround(merit(monitor, one));
  return known === undefined || meritOf(score) > meritOf(known);
}

/** Position of the best evaluation; undefined where there is none. */
export function bestEvaluation(
  monitor: Monitor,
  { accuracy, loss }: Readonly<Record<keyof Score, ArrayLike<number>>>,
): number | undefined {
  let best: { readonly at: number; readonly score: Score } | undefined;
  for (let at = 0; at < Math.max(accuracy.length, loss.length); at++) {
    const score = { accuracy: accuracy[at] ?? Number.NaN, loss: loss[at] ?? Number.NaN };
    if (isBetter(monitor, score, best?.score)) best = { at, score };
  }
  return best?.at;
}

/** What a run's record says of its best evaluation; undefined without one. null: not a finite number. */
export function bestMetrics(
  monitor: Monitor,
  evaluations: Readonly<Record<'steps' | keyof Score, ArrayLike<number>>>,
): Record<'bestStep' | 'bestValAccuracy' | 'bestValLoss', number | null> | undefined {
  const at = bestEvaluation(monitor, evaluations);
  if (at === undefined) return undefined;
  const finite = (value: number | undefined): number | null =>
    value !== undefined && Number.isFinite(value) ? value : null;
  return {
    bestStep: finite(evaluations.steps[at]),
    bestValAccuracy: finite(evaluations.accuracy[at]),
    bestValLoss: finite(evaluations.loss[at]),
  };
}
