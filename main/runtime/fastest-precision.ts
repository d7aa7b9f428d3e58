// What `precision: auto` means on a device: the format that it multiplies fastest in. Pure.
import type { Precision } from '../../shared/spec/precision.ts';
import type { DeviceKind } from './runtime.ts';

export interface PrecisionFacts {
  readonly device: DeviceKind;
  /** Of the GPU, `8.9`; empty where it is not known. */
  readonly computeCapability: string;
  readonly tensorflowVersion: string;
  /** Of the processor, as processor.ts names them. */
  readonly instructionSets: readonly string[];
  /** Without oneDNN there are no fast kernels for low precision on a CPU. */
  readonly isOneDnnOff: boolean;
}

export interface FastestPrecision {
  readonly precision: Precision;
  /** A sentence. */
  readonly reason: string;
}

/** Tensor cores for float16 came with Volta, for bfloat16 with Ampere. */
const VOLTA = 7;
const AMPERE = 8;
/** TensorFlow 2.9 turns bfloat16 convolutions to NCHW all the same (tensorflow#59029). */
const FIRST_GOOD_BFLOAT16 = [2, 12] as const;

export function fastestPrecision(facts: PrecisionFacts): FastestPrecision {
  return facts.device === 'cuda' ? ofGpu(facts) : ofProcessor(facts);
}

function ofGpu({ computeCapability, tensorflowVersion }: PrecisionFacts): FastestPrecision {
  const generation = Number.parseInt(computeCapability, 10);
  if (Number.isNaN(generation)) {
    return { precision: 'float32', reason: 'The compute capability of this GPU is not known.' };
  }
  const gpu = `A GPU of compute capability ${computeCapability}`;
  if (generation < VOLTA) {
    return { precision: 'float32', reason: `${gpu} has no tensor cores.` };
  }
  if (generation < AMPERE) {
    return { precision: 'float16', reason: `${gpu} has tensor cores for float16 only.` };
  }
  if (isBefore(tensorflowVersion, FIRST_GOOD_BFLOAT16)) {
    return {
      precision: 'float16',
      reason: `${gpu} is fast in bfloat16 too, but TensorFlow ${tensorflowVersion} is not.`,
    };
  }
  return { precision: 'bfloat16', reason: `${gpu} has tensor cores for bfloat16.` };
}

function ofProcessor({ instructionSets, isOneDnnOff }: PrecisionFacts): FastestPrecision {
  if (!instructionSets.includes('AMX-BF16')) {
    return {
      precision: 'float32',
      reason: 'This processor has no matrix instructions for bfloat16 (AMX).',
    };
  }
  if (isOneDnnOff) {
    return { precision: 'float32', reason: 'oneDNN, which has the fast kernels, is off.' };
  }
  return {
    precision: 'bfloat16',
    reason: 'This processor has matrix instructions for bfloat16 (AMX).',
  };
}

function isBefore(version: string, [major, minor]: readonly [number, number]): boolean {
  const [givenMajor = 0, givenMinor = 0] = version
    .split('.')
    .map((part) => Number.parseInt(part, 10));
  return givenMajor < major || (givenMajor === major && givenMinor < minor);
}
