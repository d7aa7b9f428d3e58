// The learning rate as a pure function of the step, so that a resumed run needs no memory of it and
// the page can plot it.
import type { LengthSpec, ScheduleSpec } from './recipe.ts';

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

function rateAfterWarmup(schedule: ScheduleSpec, progress: number): number {
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
  }
}
