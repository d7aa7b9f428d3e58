// How much memory a training needs and how long an epoch takes, before it starts. The memory model is
// a sum of what can be counted, with factors for what can not, fitted to measured peaks on a CPU: within
// 6 % of all 25 in estimate.test.ts. Pure.
import type { DataFacts } from '../../../shared/contract/trainer.ts';
import { formatBytes } from '../../../shared/format.ts';
import { inputError } from '../../../shared/errors.ts';
import { replicaCount, type DeviceList } from '../../../shared/spec/devices.ts';
import type { RecipeSpec } from '../../../shared/spec/recipe.ts';
import type { RunSpec } from '../../../shared/spec/run.ts';
import type { ArchitectureSpec, InputShape } from '../../../shared/spec/architecture.ts';
import { buildPlan } from '../../zoo/build-plan.ts';
import { summarize } from '../../zoo/summary.ts';

export interface Workload {
  readonly architecture: ArchitectureSpec;
  readonly input: InputShape;
  readonly classes: number;
  /** Examples computed at once. */
  readonly batch: number;
  /** Devices that compute it, a part each; on a CPU they are one after the other in one memory. */
  readonly replicas?: number;
  /** Arrays as large as the weights that are kept and saved beyond SGD's momentum: slots, averages. */
  readonly extraCopies?: number;
  /** Gradients are summed up over parts of a batch. */
  readonly sumsGradients?: boolean;
  /** Of train and validation together. */
  readonly examples: number;
  /** A mean image is subtracted: computed, kept, and in the graph. */
  readonly meanImage?: boolean;
  /** Activations have two bytes a number. */
  readonly isLowPrecision?: boolean;
}

export interface MemoryNeed {
  /** The process with TensorFlow in it, before it does anything. */
  readonly base: number;
  readonly weights: number;
  readonly activations: number;
  readonly data: number;
}

export interface WorkloadCost {
  readonly memory: MemoryNeed;
  readonly totalBytes: number;
  /** What the memory of a GPU would have to hold. */
  readonly deviceBytes: number;
  /** Multiply-adds of one example, forward. */
  readonly macs: number;
  readonly parameters: number;
}

const MiB = 2 ** 20;
/** Node with TensorFlow loaded, data opened and the bindings at work. */
const BASE_BYTES = 450 * MiB;
/** The recorded graph and its session, for each layer of the summary. */
const LAYER_BYTES = 0.4 * MiB;
/** Parameters, slots, gradients, oneDNN's reordered copies, and a checkpoint being written. */
const COPIES_OF_WEIGHTS = 8;
/** Another slot, an average: itself, read back, and in a checkpoint being written. Measured: 2.8 to 3.3. */
const COPIES_OF_AN_EXTRA = 3;
/** Sums of gradients, and gradients that no update consumes at once. Measured: 1.1 to 3.1. */
const COPIES_OF_GRADIENT_SUMS = 2.5;
/** Gradients of another replica. */
const COPIES_OF_A_REPLICA = 2;
/** What backward needs, its gradients, and oneDNN's reordered copies and workspace. */
const COPIES_OF_ACTIVATIONS = 3.3;
/** Half as many bytes a number. */
const LOW_SHARE = 0.5;
/** A resident dataset is there once; the rest is the reading. Measured: 1.05, and 1.16 where its pack is built too. */
const COPIES_OF_DATA = 1.16;
/** Its sums in double precision, itself, in the recorded graph, and as constants of two functions. */
const COPIES_OF_MEAN_IMAGE = 6;
/** On a GPU: no reordered copies. Reckoned, not measured. */
const DEVICE_COPIES_OF_WEIGHTS = 4;
const DEVICE_COPIES_OF_ACTIVATIONS = 2;
const DEVICE_BASE_BYTES = 400 * MiB;
/** As in the trainer: larger data is read batch by batch. */
const RESIDENT_LIMIT_BYTES = 1024 ** 3;

/** @throws inputError if the network does not fit the input */
export function costOf(workload: Workload): WorkloadCost {
  const { architecture, input, classes, batch, examples } = workload;
  const summary = summarize(buildPlan(architecture, { input, classes }));
  const rowBytes = input.height * input.width * input.channels;
  const dataBytes = examples * rowBytes;
  const weights = (summary.parameters + summary.statistics) * 4;
  const { replicas = 1, extraCopies = 0, sumsGradients = false, meanImage = false } = workload;
  const activations =
    summary.activationBytesPerExample * batch * (workload.isLowPrecision === true ? LOW_SHARE : 1);
  const memory = {
    base: BASE_BYTES + summary.layers.length * LAYER_BYTES * replicas,
    weights:
      weights *
      (COPIES_OF_WEIGHTS +
        COPIES_OF_AN_EXTRA * extraCopies +
        (sumsGradients ? COPIES_OF_GRADIENT_SUMS : 0) +
        COPIES_OF_A_REPLICA * (replicas - 1)),
    activations: activations * COPIES_OF_ACTIVATIONS,
    data:
      (dataBytes <= RESIDENT_LIMIT_BYTES ? dataBytes * COPIES_OF_DATA : 4 * batch * rowBytes) +
      (meanImage ? 4 * rowBytes * COPIES_OF_MEAN_IMAGE : 0),
  };
  return {
    memory,
    totalBytes: memory.base + memory.weights + memory.activations + memory.data,
    deviceBytes:
      DEVICE_BASE_BYTES +
      weights * (DEVICE_COPIES_OF_WEIGHTS + extraCopies + (sumsGradients ? 1 : 0) + replicas - 1) +
      (activations / replicas) * DEVICE_COPIES_OF_ACTIVATIONS,
    macs: summary.macs,
    parameters: summary.parameters,
  };
}

export type RecipeLoad = Pick<
  Workload,
  'batch' | 'replicas' | 'extraCopies' | 'sumsGradients' | 'meanImage' | 'isLowPrecision'
>;

/** What a recipe decides about memory: how much is computed at once, and what is kept beside it. */
export function recipeLoad(recipe: RecipeSpec, devices?: DeviceList): RecipeLoad {
  const { batch, microBatches, optimizer, averaging, normalization, precision } = recipe;
  return {
    batch: batch / microBatches,
    replicas: replicaCount({ devices }),
    extraCopies: (optimizer.kind === 'adamw' ? 1 : 0) + (averaging.kind === 'none' ? 0 : 1),
    sumsGradients: microBatches > 1,
    meanImage: normalization.kind === 'per-pixel',
    // A device that is asked what it is fastest in may say float32.
    isLowPrecision: precision === 'bfloat16' || precision === 'float16',
  };
}

export function workloadOf(
  { architecture, recipe, devices }: Pick<RunSpec, 'architecture' | 'recipe' | 'devices'>,
  data: Pick<DataFacts, 'input' | 'classes' | 'counts'>,
): Workload {
  return {
    architecture,
    ...recipeLoad(recipe, devices),
    input: data.input,
    classes: data.classes.length,
    examples: data.counts.train + data.counts.val,
  };
}

/** The estimate may be this much too high: only what clearly can't fit is refused. */
const DOUBT = 1.2;

export function clearlyFits(neededBytes: number, availableBytes: number): boolean {
  return neededBytes / DOUBT <= availableBytes;
}

/** @throws inputError `needs-memory` with the numbers */
export function refuseIfTooLarge(
  { memory, totalBytes }: Pick<WorkloadCost, 'memory' | 'totalBytes'>,
  availableBytes: number,
  where: string,
): void {
  if (clearlyFits(totalBytes, availableBytes)) return;
  const { base, weights, activations, data } = memory;
  throw inputError(
    'needs-memory',
    `This training needs about ${formatBytes(totalBytes)} of memory (TensorFlow ${formatBytes(base)}, weights ${formatBytes(weights)}, activations ${formatBytes(activations)}, data ${formatBytes(data)}), but ${where} has ${formatBytes(availableBytes)}. Choose a smaller batch, smaller images or a smaller network, or close other programs.`,
    { details: { neededBytes: totalBytes, availableBytes, ...memory } },
  );
}

/** What is known of the speed of an earlier run. */
export interface SpeedSample {
  readonly macs: number;
  readonly batch: number;
  readonly imagesPerSecond: number;
}

/** Where a time comes from: earlier runs here, or only what processors of its kind manage. */
export interface EpochTime {
  readonly epochMs: number;
  readonly from: 'runs' | 'processor';
}

/**
 * Multiply-adds a second and core, forward and backward together, of a recent x86 or ARM processor. Runs
 * of ResNet-20 and ResNet-50 came to 44e9 and 38e9 with AVX-512; machines without are half as fast.
 */
const CORE_MACS_PER_SECOND = 25e9;
/** Backward costs twice what forward does: gradients of inputs and of kernels. */
const TRAINING_PASSES = 3;

/** Up to here the step of one network says how long that of another takes: a factor of 4 of the multiply-adds. */
const ALIKE_DISTANCE = Math.log(4);

/**
 * From the run whose network is most alike: time per image grows with its multiply-adds. A small network's time is
 * mostly what a step costs whatever it computes, so that a much larger one would be said to take hours for minutes: the
 * less alike the networks, the more counts what processors of this kind manage. Before there is a run, only that;
 * undefined on a GPU, whose speed can't be told from its name.
 */
export function estimateEpoch(
  { macs, batch, examples }: { macs: number; batch: number; examples: number },
  samples: readonly SpeedSample[],
  cpuCores: number | undefined,
): EpochTime | undefined {
  const distance = (sample: SpeedSample): number =>
    Math.abs(Math.log(sample.macs / macs)) + 0.5 * Math.abs(Math.log(sample.batch / batch));
  const usable = samples.filter((sample) => sample.imagesPerSecond > 0 && sample.macs > 0);
  const [nearest] = [...usable].sort((a, b) => distance(a) - distance(b));
  const expectedMs =
    cpuCores === undefined
      ? undefined
      : (1000 * TRAINING_PASSES * macs) / (CORE_MACS_PER_SECOND * cpuCores);
  if (nearest === undefined) {
    return expectedMs === undefined
      ? undefined
      : { epochMs: expectedMs * examples, from: 'processor' };
  }
  const scaledMs = (1000 / nearest.imagesPerSecond) * (macs / nearest.macs);
  if (expectedMs === undefined) return { epochMs: scaledMs * examples, from: 'runs' };
  const weight = Math.min(1, ALIKE_DISTANCE / distance(nearest));
  const imageMs = scaledMs ** weight * expectedMs ** (1 - weight);
  return { epochMs: imageMs * examples, from: 'runs' };
}
