// What `npm run bench` measures, and what the project promises about it.
import type { Precision } from '../../shared/spec/precision.ts';

export interface StepCase {
  readonly kind: 'step';
  readonly name: string;
  readonly architecture: string;
  /** Side of the square RGB input. */
  readonly size: number;
  readonly batch: number;
  readonly steps: number;
  /** What is timed: a training step, or the logits and loss of a batch. */
  readonly pass: 'train' | 'evaluate';
  readonly precision: Precision;
  /** Promised: eager tfjs takes at least this many times as long. */
  readonly overEager?: number;
}

export interface OtherCase {
  readonly kind: 'diagnostics' | 'epoch' | 'streaming' | 'memory';
  readonly name: string;
}

export type BenchCase = StepCase | OtherCase;

const train = { kind: 'step', pass: 'train', precision: 'float32' } as const;
const small = { size: 32, batch: 128, steps: 20, architecture: 'resnet20' } as const;

export const CASES: readonly BenchCase[] = [
  {
    ...train,
    name: 'resnet20-b128',
    architecture: 'resnet20',
    size: 32,
    batch: 128,
    steps: 20,
    overEager: 2,
  },
  {
    ...train,
    name: 'resnet20-b16',
    architecture: 'resnet20',
    size: 32,
    batch: 16,
    steps: 40,
    overEager: 2.5,
  },
  {
    ...train,
    name: 'resnet110-b16',
    architecture: 'resnet110',
    size: 32,
    batch: 16,
    steps: 20,
    overEager: 2.5,
  },
  { ...train, name: 'resnet50-64px', architecture: 'resnet50', size: 64, batch: 32, steps: 10 },
  { ...train, ...small, name: 'resnet20-b128-bfloat16', precision: 'bfloat16' },
  {
    ...train,
    name: 'resnet110-b16-bfloat16',
    architecture: 'resnet110',
    size: 32,
    batch: 16,
    steps: 20,
    precision: 'bfloat16',
  },
  { ...train, ...small, name: 'resnet20-b128-evaluate', pass: 'evaluate' },
  {
    ...train,
    name: 'resnet50-64px-evaluate',
    architecture: 'resnet50',
    size: 64,
    batch: 32,
    steps: 10,
    pass: 'evaluate',
  },
  { kind: 'diagnostics', name: 'diagnostics' },
  { kind: 'epoch', name: 'epoch' },
  { kind: 'streaming', name: 'streaming' },
  { kind: 'memory', name: 'resnet1202' },
];

/**
 * How often ours and the references take turns. A ratio is the median of the rounds' ratios: machines
 * speed up and slow down by a quarter within a minute, and both sides of a round share that.
 */
export const ROUNDS = 2;

const REFERENCE_MODES = {
  float32: { torch: ['eager', 'channels_last', 'compile'], keras: ['fit', 'tf.function'] },
  bfloat16: { torch: ['bf16', 'bf16-compile'], keras: ['bf16-fit'] },
  evaluate: { torch: ['eager', 'channels_last', 'compile'], keras: [] },
} as const;

export type Framework = 'torch' | 'keras';

/** What a case is held against: the same pass in the same precision. */
export function referenceModes(of: StepCase, framework: Framework): readonly string[] {
  if (of.pass === 'evaluate') return REFERENCE_MODES.evaluate[framework];
  return REFERENCE_MODES[of.precision === 'float32' ? 'float32' : 'bfloat16'][framework];
}

/** The recorded step may take at most this many times as long as the reference. */
export const LIMIT_AGAINST: Readonly<Record<string, number>> = {
  'torch eager': 1,
  'torch channels_last': 1.05,
  'torch compile': 1.05,
  'keras fit': 1,
  'keras tf.function': 1,
  'torch bf16': 1,
  'torch bf16-compile': 1.15,
  'keras bf16-fit': 1,
};

/** A whole epoch against the same number of bare steps. */
export const EPOCH_LIMIT = 1.05;
/** Data read from the pack against data in the session. */
export const STREAMING_LIMIT = 1.03;
/** Diagnostics every ten steps against none. */
export const DIAGNOSTICS_LIMIT = 1.02;
export const MEMORY_LIMIT_BYTES = 16 * 1024 ** 3;
