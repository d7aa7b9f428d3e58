// The loss scale of a float16 training from step to step, as PyTorch's GradScaler has it: halved when gradients
// overflow, doubled after many steps that did not. A function of what the steps said, so it is part of a checkpoint.
import type { LossScaleState } from '../../shared/contract/checkpoint-state.ts';

const FIRST = 2 ** 16;
const LARGEST = 2 ** 24;
/** Below it, gradients that are not finite are no matter of the scale. */
const SMALLEST = 1;
const STEPS_TO_DOUBLE = 2000;

export const FRESH_LOSS_SCALE: LossScaleState = { scale: FIRST, goodSteps: 0, skipped: 0 };

export function scaleAfter(state: LossScaleState, wasSkipped: boolean): LossScaleState {
  const { scale, goodSteps, skipped } = state;
  if (wasSkipped) return { scale: scale / 2, goodSteps: 0, skipped: skipped + 1 };
  if (goodSteps + 1 < STEPS_TO_DOUBLE) return { scale, goodSteps: goodSteps + 1, skipped };
  return { scale: Math.min(scale * 2, LARGEST), goodSteps: 0, skipped };
}

/** No scale that is left would help. */
export function isExhausted({ scale }: LossScaleState): boolean {
  return scale < SMALLEST;
}
