// Our side of the benchmark, inside a process of its own: recorded and eager steps on resident data.
import { createRng } from '../../shared/rng.ts';
import { initialWeights } from '../engine/network/initialize.ts';
import { Network, networkProgram, recordNetwork, type Batch } from '../engine/network/network.ts';
import type { NetworkProgramOptions } from '../engine/network/steps.ts';
import { createEagerProgram } from '../engine/recording/eager-program.ts';
import { buildPlan } from '../zoo/build-plan.ts';
import { getArchitecture } from '../zoo/registry.ts';
import type { StepCase } from './cases.ts';
import { timeLayersApi } from './tfjs-layers.ts';

const CLASSES = 10;
const WARMUP_STEPS = 5;
/** Of float16. */
const LOSS_SCALE = 2 ** 10;
const DIAGNOSTIC_BLOCK_STEPS = 20;
const DIAGNOSTIC_ROUNDS = 12;

export interface StepTimes {
  readonly recordedMs: readonly number[];
  /** tfjs's own layers API; empty where the case is not a training step in float32. */
  readonly layersMs: readonly number[];
  /** Our step, op by op: the oracle, with fused backward ops that the layers API lacks. */
  readonly eagerMs: readonly number[];
  readonly recordMs: number;
  readonly graphNodes: number;
}

export type RecordedTimes = Pick<StepTimes, 'recordedMs' | 'recordMs' | 'graphNodes'>;

/** Times recorded steps. */
export function measureRecorded(of: StepCase): RecordedTimes {
  const options = optionsFor(of);
  const started = performance.now();
  const network = recordNetwork(options, of.pass);
  try {
    const recordMs = performance.now() - started;
    const run = of.pass === 'train' ? oneStep : oneEvaluation;
    const recordedMs = timed(network, options, { steps: of.steps, run });
    return { recordedMs, recordMs, graphNodes: network.nodeCount };
  } finally {
    network.dispose();
  }
}

/** Times recorded steps and, after that, what tfjs does op by op. */
export async function measureSteps(of: StepCase): Promise<StepTimes> {
  const options = optionsFor(of);
  const { recordedMs, recordMs, graphNodes } = measureRecorded(of);
  if (of.pass === 'evaluate' || of.precision !== 'float32') {
    return { recordedMs, recordMs, graphNodes, eagerMs: [], layersMs: [] };
  }
  // Without diagnostics, as anyone would write it: computing what nobody fetches is not free here.
  const plain = { ...options, withoutDiagnostics: true };
  const eager = new Network(plain, createEagerProgram(networkProgram(plain, 'train')));
  const fewer = Math.max(5, Math.ceil(of.steps / 3));
  const eagerMs = timed(eager, options, { steps: fewer, run: oneStep });
  eager.dispose();
  const layersMs = await timeLayersApi(options.plan, {
    batch: of.batch,
    warmup: WARMUP_STEPS,
    steps: fewer,
  });
  return { recordedMs, eagerMs, layersMs, recordMs, graphNodes };
}

/** Bare recorded ResNet-20 steps with the usual augmentation. */
export function measureAugmentedSteps(batch: number, steps: number): number[] {
  const options: NetworkProgramOptions = {
    ...optionsFor({ architecture: 'resnet20', size: 32, batch }),
    augmentation: { pad: 4, flip: true },
  };
  const network = recordNetwork(options, 'train');
  const times = timed(network, options, { steps, run: oneStep });
  network.dispose();
  return times;
}

/** Alternating blocks of steps with diagnostics every tenth step and without any. */
export function measureDiagnostics(): { withMs: number[]; withoutMs: number[] } {
  const options = optionsFor({ architecture: 'resnet20', size: 32, batch: 128 });
  const network = recordNetwork(options, 'train');
  const times = { withMs: [] as number[], withoutMs: [] as number[] };
  prepare(network, options);
  for (let round = -1; round < DIAGNOSTIC_ROUNDS; round++) {
    for (const which of ['withMs', 'withoutMs'] as const) {
      const started = performance.now();
      for (let step = 0; step < DIAGNOSTIC_BLOCK_STEPS; step++) {
        oneStep(network, options, step, which === 'withMs' && step % 10 === 0);
      }
      // The first round warms up both fetch lists.
      if (round >= 0) times[which].push(performance.now() - started);
    }
  }
  network.dispose();
  return times;
}

export interface DeepTraining {
  readonly recordMs: number;
  readonly graphNodes: number;
  readonly stepsMs: number[];
  readonly losses: number[];
  readonly peakBytes: number;
}

/** ResNet-1202 at batch 8: can it be trained at all, and in how much memory? */
export function measureDeepest(): DeepTraining {
  const options = optionsFor({ architecture: 'resnet1202', size: 32, batch: 8 });
  const started = performance.now();
  const network = recordNetwork(options, 'train');
  const recordMs = performance.now() - started;
  prepare(network, options);
  const stepsMs: number[] = [];
  const losses: number[] = [];
  for (let step = 0; step < 8; step++) {
    const begun = performance.now();
    losses.push(oneStep(network, options, step, false));
    stepsMs.push(performance.now() - begun);
  }
  const graphNodes = network.nodeCount;
  network.dispose();
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  return { recordMs, graphNodes, stepsMs, losses, peakBytes };
}

function optionsFor(
  of: Pick<StepCase, 'architecture' | 'size' | 'batch'> & Partial<Pick<StepCase, 'precision'>>,
): NetworkProgramOptions {
  return {
    ...(of.precision === undefined ? {} : { precision: of.precision }),
    plan: buildPlan(getArchitecture(of.architecture).spec, {
      input: { height: of.size, width: of.size, channels: 3 },
      classes: CLASSES,
    }),
    batch: of.batch,
    data: { kind: 'resident', count: 4 * of.batch },
    normalization: { mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25] },
    augmentation: { pad: 0, flip: false },
    labelSmoothing: 0,
    optimizer: {
      momentum: 0.9,
      nesterov: false,
      weightDecay: 1e-4,
      decayNormAndBias: true,
      clipNorm: undefined,
    },
  };
}

function prepare(
  network: Network,
  options: NetworkProgramOptions,
  use: StepCase['pass'] = 'train',
): void {
  network.writeWeights(initialWeights(options.plan, 1));
  if (use === 'train') network.writeSlots(new Map());
  const { height, width } = options.plan.input;
  const count = 4 * options.batch;
  const rng = createRng(1, 'benchmark');
  network.writeData(
    Uint8Array.from({ length: count * height * width * 3 }, () => rng.below(256)),
    Int32Array.from({ length: count }, () => rng.below(CLASSES)),
  );
}

function oneStep(
  network: Network,
  { batch }: NetworkProgramOptions,
  step: number,
  diagnostics: boolean,
): number {
  return network.step({
    batch: batchOf(batch, step),
    seed: [1, step],
    rate: 0.01,
    lossScale: LOSS_SCALE,
    diagnostics,
    update: true,
  }).loss;
}

/** The loss and logits of a batch by the running statistics. */
function oneEvaluation(network: Network, { batch }: NetworkProgramOptions, step: number): number {
  return network.evaluate({ batch: batchOf(batch, step), validCount: batch, logits: true }).lossSum;
}

function batchOf(batch: number, step: number): Batch {
  const first = (step % 4) * batch;
  return { kind: 'resident', indices: Int32Array.from({ length: batch }, (_, i) => first + i) };
}

function timed(
  network: Network,
  options: NetworkProgramOptions,
  { steps, run }: { readonly steps: number; readonly run: typeof oneStep | typeof oneEvaluation },
): number[] {
  prepare(network, options, run === oneEvaluation ? 'evaluate' : 'train');
  const times: number[] = [];
  for (let step = 0; step < steps + WARMUP_STEPS; step++) {
    const started = performance.now();
    run(network, options, step, false);
    if (step >= WARMUP_STEPS) times.push(performance.now() - started);
  }
  return times;
}
