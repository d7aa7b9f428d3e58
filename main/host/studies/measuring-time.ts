// How long a study's measurements will take here, from what they compute and how fast trainings were. Backward and
// update cost twice what forward does, and a measurement mostly goes forward.
import type { RecipeSpec } from '../../../shared/spec/recipe.ts';
import type { Library } from '../../store/library.ts';
import { probeWork, type MeasuredOn } from '../../studies/measuring-work.ts';
import type { PlannedProbe, PlannedRun } from '../../studies/study.ts';
import { ProbeSpec } from '../../../shared/contract/probes.ts';
import type { HostParts } from '../host-parts.ts';
import { knownProbe } from '../probe-run.ts';
import { probeTasks, type SettledStudy } from './kept-study.ts';

const FORWARD_SHARE = 1 / 3;
/** A process with TensorFlow in it, the data opened, the network recorded: 3 to 6 s on two cores. */
const BEGIN_MS = 5000;

export interface ToMeasure {
  readonly parts: HostParts;
  readonly settled: Pick<SettledStudy, 'plan' | 'counts'>;
  /** Finished runs that are taken, by the key of the planned one. */
  readonly reused: ReadonlyMap<string, string>;
  /** Time of one image in a training of the planned run; undefined: not known. */
  readonly trainingMsOf: (run: PlannedRun) => number | undefined;
}

/** Of those that are still to be made; undefined where the speed is not known. */
export function measuringTime(given: ToMeasure): number | undefined {
  const { plan, counts } = given.settled;
  let totalMs = 0;
  for (const planned of plan.probes) {
    const run = plan.runs.find(({ key }) => key === planned.run);
    const times = run === undefined ? 0 : timesToMeasure(given, planned, run);
    if (run === undefined || times === 0) continue;
    const trainingMs = given.trainingMsOf(run);
    if (trainingMs === undefined) return undefined;
    const on: MeasuredOn = {
      architecture: run.spec.architecture,
      counts,
      isCompared: planned.other !== undefined,
    };
    const images = probeWork(ProbeSpec.parse(planned.probe), on);
    totalMs += times * (BEGIN_MS + FORWARD_SHARE * trainingMs * images);
  }
  return totalMs;
}

/** How often a planned probe is still to be made: at each checkpoint that it asks for. */
function timesToMeasure(
  { parts, settled, reused }: ToMeasure,
  planned: PlannedProbe,
  run: PlannedRun,
): number {
  const isThere = [planned.run, ...(planned.other === undefined ? [] : [planned.other])].every(
    (key) => reused.has(key),
  );
  if (isThere) {
    const matched = matchedOf(parts.library, settled, reused);
    const tasks = probeTasks({ ...settled.plan, probes: [planned] }, matched);
    return tasks.filter(({ request }) => knownProbe(parts, request) === undefined).length;
  }
  return planned.checkpoint === 'kept' ? keptCheckpoints(run.spec.recipe, settled.counts.train) : 1;
}

function matchedOf(
  library: Library,
  { plan }: ToMeasure['settled'],
  reused: ReadonlyMap<string, string>,
) {
  return plan.runs.map((planned) => {
    const id = reused.get(planned.key);
    return { planned, run: id === undefined ? undefined : library.runs.find(id), isReused: true };
  });
}

/** Those after every so many epochs, and the last. */
function keptCheckpoints({ length, batch, checkpoints }: RecipeSpec, examples: number): number {
  if (checkpoints.everyEpochs === null) return 1;
  const epochs = length.kind === 'epochs' ? length.epochs : (length.steps * batch) / examples;
  return Math.floor(epochs / checkpoints.everyEpochs) + 1;
}
