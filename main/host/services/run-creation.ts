// Makes runs in the library from what the page asks for: one for each seed, with a plain control beside
// each if that is wanted. Everything that can be known without TensorFlow is refused here.
import { newRun } from '../new-run.ts';
import { inputError } from '../../../shared/errors.ts';
import type { RunSpec } from '../../../shared/spec/run.ts';
import type { Library } from '../../store/library.ts';
import type { RunRecord } from '../../store/run-record.ts';
import { withOwnName } from '../../zoo/own-name.ts';
import { plainTwin } from '../../zoo/parse-architecture.ts';
import {
  currentData,
  outlineData,
  rememberDataset,
  settledData,
  type DatasetOutline,
} from '../dataset-outline.ts';
import { withCurrentDecisions } from '../decisions.ts';
import type { HostParts } from '../host-parts.ts';
import { checkSpec } from '../run-checks.ts';
import { checkDevices } from '../scheduling/places.ts';
import { followWithTensorboard, requireWritable } from '../tensorboard/live-tensorboard.ts';
import { checkStartingWeights } from '../starting-weights.ts';
import { costOf, refuseIfTooLarge, workloadOf } from './estimate.ts';
import { totalMemory } from './machine-memory.ts';
import { expandHome, userPath } from '../user-path.ts';

export interface RunRequest {
  readonly spec: Omit<RunSpec, 'seed'>;
  readonly seeds: readonly number[];
  readonly withPlainTwin: boolean;
}

/** The specs of a request; several of them share a group. */
export function expandRequest(request: RunRequest, now: Date): readonly RunSpec[] {
  const { seeds, withPlainTwin } = request;
  const spec = { ...request.spec, architecture: withOwnName(request.spec.architecture) };
  const name = spec.name ?? spec.architecture.name;
  const isAlone = seeds.length === 1 && !withPlainTwin;
  const stamp = now.toISOString().slice(0, 16).replace('T', ' ');
  const group = spec.group ?? (isAlone ? undefined : `${name}, ${stamp}`);
  const common = {
    ...spec,
    name,
    data: { ...spec.data, source: expandHome(spec.data.source) },
    ...(spec.weights === undefined ? {} : { weights: userPath(spec.weights) }),
    ...(group === undefined ? {} : { group }),
  };
  return seeds.flatMap((seed): RunSpec[] => {
    const run = { ...common, seed };
    if (!withPlainTwin) return [run];
    return [run, { ...run, name: plainName(name), architecture: twinOf(spec) }];
  });
}

function plainName(name: string): string {
  return `${name.slice(0, 190)} (plain)`;
}

function twinOf({ architecture }: Pick<RunSpec, 'architecture'>): RunSpec['architecture'] {
  if (architecture.shortcut === 'none') {
    throw inputError(
      'already-plain',
      `${architecture.name} has no shortcuts, so it is its own plain twin; choose a residual network, or leave the comparison out.`,
      { path: 'architecture.shortcut' },
    );
  }
  return withOwnName(plainTwin(architecture));
}

/** Opens the data, checks all of it, and makes the runs; they wait until somebody queues them. */
export async function createRuns(
  parts: HostParts,
  specs: readonly RunSpec[],
  options: {
    readonly signal: AbortSignal;
    readonly whenMade: (ids: readonly string[]) => void;
    /** A folder in which TensorBoard finds the runs while they train. */
    readonly tensorboard?: string | undefined;
  },
): Promise<readonly string[]> {
  const { library } = parts;
  const [first] = specs;
  if (first === undefined) return [];
  const tensorboard = options.tensorboard === undefined ? null : userPath(options.tensorboard);
  if (tensorboard !== null) requireWritable(tensorboard);
  await checkDevices(first.devices, parts.env, options.signal);
  const current = await withCurrentDecisions(library, currentData(library, first.data));
  const data = await outlineData(current, {
    cacheFolder: library.cacheFolder,
    signal: options.signal,
  });
  const settled = specs.map((spec) => ({ ...spec, data: settledData(current, data) }));
  for (const spec of settled) await checkStartingWeights(library, spec, data);
  const planned = settled.map((spec) => {
    const { totalSteps } = checkSpec(spec, data);
    const cost = costOf(workloadOf(spec, workloadData(data)));
    refuseIfTooLarge(cost, totalMemory(), 'this machine');
    return { spec, totalSteps, cost };
  });
  return library.transaction(() => {
    rememberDataset(library, data);
    const ids = planned.map(({ spec, totalSteps, cost }) => {
      const { id } = createRecord(library, spec, { data, totalSteps, parts });
      const { macs, parameters } = cost;
      library.runs.update(id, { metrics: { macs, parameters } });
      if (tensorboard !== null) followWithTensorboard(library, id, tensorboard);
      return id;
    });
    options.whenMade(ids);
    return ids;
  });
}

function workloadData(data: DatasetOutline) {
  return { input: data.input, classes: [...data.classes], counts: data.counts };
}

function createRecord(
  library: Library,
  spec: RunSpec,
  { data, totalSteps, parts }: { data: DatasetOutline; totalSteps: number; parts: HostParts },
): RunRecord {
  const { codeVersion } = parts;
  return library.runs.create(newRun(spec, { data, codeVersion, totalSteps }));
}
