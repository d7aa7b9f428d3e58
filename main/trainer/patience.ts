// Early stopping: counts evaluations that bring nothing new. Pure; its state is part of the checkpoint,
// so that a resumed run stops where it would have.
import { merit, type Monitor, type Score } from '../../shared/curves/best-evaluation.ts';
import type { EarlyStoppingSpec } from '../../shared/spec/recipe.ts';
import type { CheckpointState } from '../../shared/contract/checkpoint-state.ts';

export type PatienceState = NonNullable<CheckpointState['patience']>;

export const FRESH_PATIENCE: PatienceState = { reference: null, waited: 0 };

/** After one more evaluation. A reference that is not finite is not kept, JSON has no word for it. */
export function waitFor(
  state: PatienceState,
  score: Score,
  options: { readonly spec: EarlyStoppingSpec; readonly monitor: Monitor },
): PatienceState {
  const { spec, monitor } = options;
  if (spec.kind === 'none') return FRESH_PATIENCE;
  const value = merit(monitor, score);
  const isGain =
    Number.isFinite(value) &&
    (state.reference === null || value > state.reference + spec.leastGain);
  return isGain
    ? { reference: value, waited: 0 }
    : { reference: state.reference, waited: state.waited + 1 };
}

export function isOver(state: PatienceState, spec: EarlyStoppingSpec): boolean {
  return spec.kind === 'patience' && state.waited >= spec.evaluations;
}
