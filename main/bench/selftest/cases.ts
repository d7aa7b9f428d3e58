// What the self-test trains: four small networks that between them have every kind of kernel that trainings use.
import type { Precision } from '../../../shared/spec/precision.ts';

export interface SelftestCase {
  readonly architecture: string;
  /** Side of the square RGB input. */
  readonly size: number;
  readonly batch: number;
  readonly rate: number;
}

export const SELFTEST_CASES: readonly SelftestCase[] = [
  { architecture: 'resnet20', size: 32, batch: 16, rate: 0.01 },
  // Pre-activated bottlenecks.
  { architecture: 'mini-preact-bottleneck', size: 32, batch: 32, rate: 0.01 },
  // A 7×7 stem with max pooling.
  { architecture: 'mini-resnet18', size: 64, batch: 16, rate: 0.002 },
  // Grouped convolutions.
  { architecture: 'mini-resnext50', size: 64, batch: 16, rate: 0.002 },
];

export const SELFTEST_STEPS = 10;
export const CLASSES = 10;
/** Of float16. */
export const LOSS_SCALE = 2 ** 10;
/** A device that is slow in something does fewer steps of it. */
export const CASE_LIMIT_MS = 5000;
/**
 * Nothing is begun later than this, so that all is over within a minute: first the CPU, which has fewer networks to
 * show where it is slow, then all GPUs at once.
 */
export const DEVICE_LIMIT_MS = { cpu: 40_000, cpuBesideGpus: 20_000, gpus: 25_000 } as const;
/** Of a device: each network in float32 and in one low precision. */
export const TRAININGS = 2 * SELFTEST_CASES.length;

export interface CaseResult {
  readonly architecture: string;
  readonly precision: Precision;
  /** Of the steps that there was time for. */
  readonly losses: readonly number[];
  /** The median over the steps but the first two; null where there were too few. */
  readonly imagesPerSecond: number | null;
}

export interface DeviceResult {
  /** `cpu`, `cuda:0`. */
  readonly device: string;
  /** What it is called. */
  readonly name: string;
  readonly tensorflow: string;
  readonly cases: readonly CaseResult[];
  /** How the process ended, if not well. */
  readonly ended?: string;
  /** Why nothing was tried on it: a clause. */
  readonly untried?: string;
}
