// What `npm run bench` measures, and what the project promises about it.

export interface StepCase {
  readonly kind: 'step';
  readonly name: string;
  readonly architecture: string;
  /** Side of the square RGB input. */
  readonly size: number;
  readonly batch: number;
  readonly steps: number;
  /** Promised: eager tfjs takes at least this many times as long. */
  readonly overEager?: number;
}

export interface OtherCase {
  readonly kind: 'diagnostics' | 'epoch' | 'streaming' | 'memory';
  readonly name: string;
}

export type BenchCase = StepCase | OtherCase;

export const CASES: readonly BenchCase[] = [
  {
    kind: 'step',
    name: 'resnet20-b128',
    architecture: 'resnet20',
    size: 32,
    batch: 128,
    steps: 20,
    overEager: 2,
  },
  {
    kind: 'step',
    name: 'resnet20-b16',
    architecture: 'resnet20',
    size: 32,
    batch: 16,
    steps: 40,
    overEager: 2.5,
  },
  {
    kind: 'step',
    name: 'resnet110-b16',
    architecture: 'resnet110',
    size: 32,
    batch: 16,
    steps: 20,
    overEager: 2.5,
  },
  { kind: 'step', name: 'resnet50-64px', architecture: 'resnet50', size: 64, batch: 32, steps: 10 },
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

export const REFERENCE_MODES = {
  torch: ['eager', 'channels_last', 'compile'],
  keras: ['fit', 'tf.function'],
} as const;

/** The recorded step may take at most this many times as long as the reference. */
export const LIMIT_AGAINST: Readonly<Record<string, number>> = {
  'torch eager': 1,
  'torch channels_last': 1.05,
  'torch compile': 1.05,
  'keras fit': 1,
  'keras tf.function': 1,
};

/** A whole epoch against the same number of bare steps. */
export const EPOCH_LIMIT = 1.05;
/** Data read from the pack against data in the session. */
export const STREAMING_LIMIT = 1.03;
/** Diagnostics every ten steps against none. */
export const DIAGNOSTICS_LIMIT = 1.02;
export const MEMORY_LIMIT_BYTES = 16 * 1024 ** 3;
