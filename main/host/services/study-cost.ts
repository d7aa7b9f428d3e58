// What a study would cost here before it starts: runs that are missing, their steps, time and memory, and the
// time of the measurements.
import type { StudyCost } from '../../../shared/contract/studies.ts';
import type { RecipeSpec } from '../../../shared/spec/recipe.ts';
import type { RunSpec } from '../../../shared/spec/run.ts';
import type { HostParts } from '../host-parts.ts';
import { findFitting, type SettledStudy } from '../studies/kept-study.ts';
import { measuringTime } from '../studies/measuring-time.ts';
import {
  costOf,
  estimateEpoch,
  workloadOf,
  type SpeedSample,
  type WorkloadCost,
} from './estimate.ts';

export interface StudyMachine {
  readonly speeds: readonly SpeedSample[];
  /** Undefined: trainings have a GPU. */
  readonly cores: number | undefined;
}

export function costOfStudy(
  parts: HostParts,
  settled: SettledStudy,
  { speeds, cores }: StudyMachine,
): StudyCost {
  const { kept, plan, counts } = settled;
  const reused = findFitting(parts.library, plan.runs, kept.fingerprint);
  const timeOf = (spec: RunSpec, examples: number) => {
    const { macs } = workloadCost(spec, kept.facts);
    return estimateEpoch({ macs, batch: spec.recipe.batch, examples }, speeds, cores);
  };
  const missing = plan.runs
    .filter(({ key }) => !reused.has(key))
    .map(({ spec }) => {
      const steps = stepsOf(spec.recipe, counts.train);
      const time = timeOf(spec, steps * spec.recipe.batch);
      return { steps, time, memoryBytes: workloadCost(spec, kept.facts).totalBytes };
    });
  const trainingMs = missing.reduce((sum, { time }) => sum + (time?.epochMs ?? Number.NaN), 0);
  const measuringMs = measuringTime({
    ...{ parts, settled, reused },
    trainingMsOf: ({ spec }) => timeOf(spec, 1)?.epochMs,
  });
  return {
    runs: plan.runs.length,
    reused: reused.size,
    probes: plan.probes.length,
    steps: missing.reduce((sum, { steps }) => sum + steps, 0),
    trainingMs: Number.isFinite(trainingMs) ? trainingMs : null,
    measuringMs: measuringMs ?? null,
    from: missing.at(-1)?.time?.from ?? null,
    memoryBytes: Math.max(0, ...missing.map(({ memoryBytes }) => memoryBytes)),
  };
}

function workloadCost(
  { architecture, recipe }: RunSpec,
  { input, classes, examples }: SettledStudy['kept']['facts'],
): WorkloadCost {
  const data = {
    input,
    classes: Array.from({ length: classes }, (_, i) => `${i}`),
    counts: { train: examples, val: 0, test: 0 },
  };
  return costOf(workloadOf({ architecture, recipe }, data));
}

function stepsOf({ length, batch }: RecipeSpec, examples: number): number {
  return length.kind === 'steps' ? length.steps : Math.ceil((length.epochs * examples) / batch);
}
