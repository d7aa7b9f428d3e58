// The learning rate as a pure function of the step, so that a resumed run needs no memory of it and
// the page can plot it. The decay of the weights' average likewise.
import type { AveragingSpec, LengthSpec, ScheduleSpec } from './recipe.ts';

/** Number of steps of a run over `examples` training examples. */
export function totalSteps(
  length: LengthSpec,
  options: { batch: number; examples: number },
): number {
  switch (length.kind) {
    case 'steps':
      return length.steps;
    case 'epochs':
      return Math.max(1, Math.ceil((length.epochs * options.examples) / options.batch));
  }
}

/** Learning rate of step `step` (from 0) of `steps`. */
export function learningRate(schedule: ScheduleSpec, step: number, steps: number): number {
  if (schedule.kind === 'one-cycle') return oneCycle(schedule, step, steps);
  const { warmup } = schedule;
  const scheduled = rateAfterWarmup(schedule, step / steps);
  switch (warmup.kind) {
    case 'none':
      return scheduled;
    case 'linear':
      return step < warmup.steps ? (scheduled * (step + 1)) / warmup.steps : scheduled;
    case 'constant':
      return step < warmup.steps ? warmup.rate : scheduled;
  }
}

type OneCycle = Extract<ScheduleSpec, { kind: 'one-cycle' }>;

function rateAfterWarmup(schedule: Exclude<ScheduleSpec, OneCycle>, progress: number): number {
  switch (schedule.kind) {
    case 'constant':
      return schedule.rate;
    case 'step': {
      const passed = schedule.milestones.filter((milestone) => progress >= milestone).length;
      return schedule.rate * schedule.factor ** passed;
    }
    case 'cosine': {
      const { rate, final } = schedule;
      return rate * (final + ((1 - final) * (1 + Math.cos(Math.PI * progress))) / 2);
    }
    case 'polynomial': {
      const { rate, final, power } = schedule;
      return rate * (final + (1 - final) * (1 - progress) ** power);
    }
  }
}

/** The first and the last step have the initial and the final rate exactly, as in PyTorch's OneCycleLR. */
function oneCycle(
  { rate, rise, initial, final, curve }: OneCycle,
  step: number,
  steps: number,
): number {
  const top = rise * steps - 1;
  if (step <= top) return between(initial * rate, rate, { share: step / top, curve });
  return between(rate, final * rate, { share: (step - top) / (steps - 1 - top), curve });
}

function between(
  from: number,
  to: number,
  { share, curve }: { share: number; curve: OneCycle['curve'] },
): number {
  const part = curve === 'linear' ? share : (1 - Math.cos(Math.PI * share)) / 2;
  return from + (to - from) * part;
}

/** How much of the average stays at step `step`, 0 where nothing is averaged. */
export function averageDecay(averaging: AveragingSpec, step: number): number {
  switch (averaging.kind) {
    case 'none':
      return 0;
    case 'ema':
      // TensorFlow's ExponentialMovingAverage with `num_updates`.
      return averaging.rampUp
        ? Math.min(averaging.decay, (1 + step) / (10 + step))
        : averaging.decay;
  }
}
