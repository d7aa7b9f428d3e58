// The learning rate as a pure function of the step, so that a resumed run needs no memory of it and
// the page can plot it. The decay of the weights' average likewise.
import { formatQuantity } from '../format.ts';
import type { AveragingSpec, LengthSpec, ScheduleSpec } from './recipe.ts';

/**
 * Number of steps of a run over `examples` training examples. Batches are always full: a run of whole epochs
 * ends with the step that shows its last example, whose batch is filled up from the order of the next epoch.
 */
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

/** Epochs that `step` steps have shown: what only fills up the last batch is no part of another epoch. */
export function epochsAfter(
  step: number,
  length: LengthSpec,
  options: { readonly batch: number; readonly examples: number },
): number {
  const shown = (step * options.batch) / options.examples;
  return length.kind === 'epochs' ? Math.min(shown, length.epochs) : shown;
}

/** Examples that fill up the last batch of a run of whole epochs. */
export function fillingExamples(
  length: LengthSpec,
  options: { readonly batch: number; readonly examples: number },
): number {
  if (length.kind === 'steps') return 0;
  const shown = totalSteps(length, options) * options.batch;
  return Math.max(0, Math.floor(shown - length.epochs * options.examples));
}

/**
 * Steps of the warm-up of a run of `steps`. One that is as long as the run or longer, so that the rate would
 * never reach its value, is scaled to half of the run.
 */
export function warmupSteps(schedule: ScheduleSpec, steps: number): number {
  if (schedule.kind === 'one-cycle' || schedule.warmup.kind === 'none') return 0;
  const { warmup } = schedule;
  return warmup.steps < steps ? warmup.steps : Math.floor(steps / 2);
}

/** What has to be said about a warm-up that was scaled. */
export function warmupNote(schedule: ScheduleSpec, steps: number): string | undefined {
  if (schedule.kind === 'one-cycle' || schedule.warmup.kind === 'none') return undefined;
  const asked = schedule.warmup.steps;
  const scaled = warmupSteps(schedule, steps);
  if (scaled === asked) return undefined;
  return `The warm-up of ${formatQuantity(asked, 'step')} would last the whole run of ${formatQuantity(steps, 'step')}; it is scaled to ${formatQuantity(scaled, 'step')}, so that the learning rate reaches its value.`;
}

/** Learning rate of step `step` (from 0) of `steps`. */
export function learningRate(schedule: ScheduleSpec, step: number, steps: number): number {
  if (schedule.kind === 'one-cycle') return oneCycle(schedule, step, steps);
  const { warmup } = schedule;
  const warmupEnd = warmupSteps(schedule, steps);
  const scheduled = rateAfterWarmup(schedule, step / steps);
  switch (warmup.kind) {
    case 'none':
      return scheduled;
    case 'linear':
      return step < warmupEnd ? (scheduled * (step + 1)) / warmupEnd : scheduled;
    case 'constant':
      return step < warmupEnd ? warmup.rate : scheduled;
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
