// How much memory a training needs and how long an epoch takes, before it starts. The memory model is
// a sum of what can be counted, with factors for what can not, fitted to measured peaks (see
// estimate.test.ts). Pure but for the reading of earlier runs.
import type { DataFacts } from '../../../shared/contract/trainer.ts';
import { formatBytes } from '../../../shared/format.ts';
import { inputError } from '../../../shared/errors.ts';
import type { ArchitectureSpec, InputShape } from '../../../shared/spec/architecture.ts';
import { buildPlan } from '../../zoo/build-plan.ts';
import { summarize } from '../../zoo/summary.ts';

export interface Workload {
  readonly architecture: ArchitectureSpec;
  readonly input: InputShape;
  readonly classes: number;
  readonly batch: number;
  /** Of train and validation together. */
  readonly examples: number;
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
  /** Of that, what a GPU would hold; the rest is the host's. */
  readonly deviceBytes: number;
  /** Multiply-adds of one example, forward. */
  readonly macs: number;
  readonly parameters: number;
}

const MiB = 2 ** 20;
const BASE_BYTES = 560 * MiB;
/** Parameters, slots, gradients, and the copies of a checkpoint being written. */
const COPIES_OF_WEIGHTS = 6;
/** Gradients with respect to activations, and workspace, for each byte that backward needs. */
const ACTIVATION_FACTOR = 1.6;
/** A resident dataset is read, put together and handed over. */
const COPIES_OF_DATA = 3;
/** As in the trainer: larger data is read batch by batch. */
const RESIDENT_LIMIT_BYTES = 1024 ** 3;

/** @throws inputError if the network does not fit the input */
export function costOf(workload: Workload): WorkloadCost {
  const { architecture, input, classes, batch, examples } = workload;
  const summary = summarize(buildPlan(architecture, { input, classes }));
  const rowBytes = input.height * input.width * input.channels;
  const dataBytes = examples * rowBytes;
  const weights = (summary.parameters + summary.statistics) * 4 * COPIES_OF_WEIGHTS;
  const activations = summary.activationBytesPerExample * batch * ACTIVATION_FACTOR;
  const memory = {
    base: BASE_BYTES,
    weights,
    activations,
    data: dataBytes <= RESIDENT_LIMIT_BYTES ? dataBytes * COPIES_OF_DATA : 4 * batch * rowBytes,
  };
  return {
    memory,
    totalBytes: memory.base + memory.weights + memory.activations + memory.data,
    deviceBytes: weights + activations,
    macs: summary.macs,
    parameters: summary.parameters,
  };
}

export function workloadOf(
  architecture: ArchitectureSpec,
  batch: number,
  data: Pick<DataFacts, 'input' | 'classes' | 'counts'>,
): Workload {
  return {
    architecture,
    batch,
    input: data.input,
    classes: data.classes.length,
    examples: data.counts.train + data.counts.val,
  };
}

/** The estimate may be this much too high: only what clearly can't fit is refused. */
const DOUBT = 1.25;

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

/** From the run whose network is most alike: time per image grows with its multiply-adds. */
export function estimateEpochMs(
  { macs, batch }: { macs: number; batch: number },
  examples: number,
  samples: readonly SpeedSample[],
): number | null {
  const distance = (sample: SpeedSample): number =>
    Math.abs(Math.log(sample.macs / macs)) + 0.5 * Math.abs(Math.log(sample.batch / batch));
  const usable = samples.filter((sample) => sample.imagesPerSecond > 0 && sample.macs > 0);
  const [nearest] = [...usable].sort((a, b) => distance(a) - distance(b));
  if (nearest === undefined) return null;
  const imageMs = (1000 / nearest.imagesPerSecond) * (macs / nearest.macs);
  return imageMs * examples;
}
