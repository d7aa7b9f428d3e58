// The specs that must train to the same bits, however often they are killed. Together they have every
// optimizer, schedule, warm-up, clipping, augmentation, dropout, block sampling, average, micro-batch, class
// balance, normalization, precision, kept checkpoint, and data in memory and from the file.

export interface Variant {
  readonly name: string;
  readonly args: readonly string[];
  readonly isStreamed?: boolean;
  /** Starts from the weights of a short training of the same network. */
  readonly startsFromWeights?: boolean;
}

interface Given {
  readonly set?: Readonly<Record<string, unknown>>;
  readonly args?: readonly string[];
  readonly isStreamed?: boolean;
  readonly startsFromWeights?: boolean;
}

const DATA = 'builtin:shapes?train=96&val=24';
/** Three epochs of twelve: several checkpoints of both kinds, and points in between. */
const BASE = ['train', '--data', DATA, '--batch', '8', '--steps', '36', '--seed', '3'];
const NETWORK = ['--arch', 'mini-basic-a'];
/** The training whose weights others start from. */
export const PRETRAINING: readonly string[] = [
  ...['train', '--data', DATA, '--batch', '8', '--steps', '4', '--seed', '1'],
  ...NETWORK,
];

function variant(name: string, given: Given): Variant {
  const { set = {}, args = [], isStreamed = false, startsFromWeights = false } = given;
  const settings = Object.entries(set).flatMap(([path, value]) => [
    '--set',
    `${path}=${JSON.stringify(value)}`,
  ]);
  return {
    name,
    args: [...BASE, ...NETWORK, ...args, ...settings],
    isStreamed,
    startsFromWeights,
  };
}

const sgd = { kind: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 5e-4 };
const adamw = { kind: 'adamw', weightDecay: 0.05 };

/** The ones that put most together come first: smaller sizes take from the front. */
export const VARIANTS: readonly Variant[] = [
  variant('adamw, clipping, cosine, linear warm-up, all augmentations', {
    set: {
      optimizer: { ...adamw, clipNorm: 0.5 },
      schedule: { kind: 'cosine', rate: 0.01, warmup: { kind: 'linear', steps: 6 } },
      labelSmoothing: 0.1,
      'checkpoints.keepBest': 2,
    },
    args: ['--augment', 'strong'],
  }),
  variant('sgd with Nesterov, clipping, steps, constant warm-up, crop and flip', {
    set: {
      optimizer: { ...sgd, clipNorm: 1 },
      schedule: {
        ...{ kind: 'step', rate: 0.1, milestones: [0.5, 0.75], factor: 0.1 },
        warmup: { kind: 'constant', steps: 5, rate: 0.01 },
      },
    },
    args: ['--augment', 'standard'],
  }),
  variant('streamed data, micro-batches, clipping, average of weights', {
    set: {
      optimizer: { ...sgd, clipNorm: 1 },
      microBatches: 4,
      averaging: { kind: 'ema', decay: 0.9 },
    },
    args: ['--augment', 'jitter'],
    isStreamed: true,
  }),
  variant('dropout, stochastic depth, one cycle, resized crops', {
    set: {
      'block.dropout': 0.3,
      sampling: { kind: 'stochastic-depth', survival: 0.6 },
      schedule: { kind: 'one-cycle', rate: 0.1 },
    },
    args: ['--augment', 'resized-crop'],
  }),
  variant('an exact number of blocks, adamw, clipping, polynomial decay, random operations', {
    set: {
      sampling: { kind: 'exactly', blocks: 2 },
      optimizer: { ...adamw, clipNorm: 0.5 },
      schedule: { kind: 'polynomial', rate: 0.01, power: 2 },
    },
    args: ['--augment', 'randaugment'],
  }),
  variant(
    'dropout on the shortcut, average without ramp-up, mixup, evaluation with mirror images',
    {
      set: {
        merge: { kind: 'dropout', rate: 0.3 },
        averaging: { kind: 'ema', decay: 0.95, rampUp: false },
        testTimeFlip: true,
      },
      args: ['--augment', 'mixup'],
    },
  ),
  variant('rare classes drawn as often, cutmix, kept checkpoints of every epoch', {
    set: {
      classBalance: 'sampling',
      'checkpoints.everyEpochs': 1,
      'checkpoints.monitor': 'loss',
    },
    args: ['--augment', 'cutmix'],
  }),
  variant('rare classes weighed, early stopping, best weights in the end', {
    set: {
      classBalance: 'weights',
      earlyStopping: { kind: 'patience', evaluations: 1, restoreBest: true },
    },
    args: ['--augment', 'cutout'],
  }),
  variant('streamed data, mean image, no shuffling, diagnostics in every step', {
    set: { normalization: { kind: 'per-pixel' } },
    args: ['--shuffle', 'off', '--diagnostics', '1'],
    isStreamed: true,
  }),
  variant('constant rate', { set: { schedule: { kind: 'constant', rate: 0.05 } } }),
  variant('group norm, squeeze and excitation, micro-batches, adamw', {
    set: {
      groupNorm: 4,
      'block.squeezeExcitation': 4,
      optimizer: { ...adamw, clipNorm: 0.5 },
      microBatches: 2,
    },
    args: ['--augment', 'standard'],
  }),
  variant('gated shortcuts, sgd without momentum', {
    set: { merge: { kind: 'highway' }, optimizer: { kind: 'sgd', momentum: 0, nesterov: false } },
  }),
  variant('constant scaling, two dilated stages, streamed data', {
    set: {
      merge: { kind: 'scaling' },
      ...{ 'stages.1.stride': 1, 'stages.1.dilation': 2 },
      ...{ 'stages.2.stride': 1, 'stages.2.dilation': 4 },
    },
    args: ['--augment', 'strong'],
    isStreamed: true,
  }),
  variant('bfloat16, adamw, clipping, micro-batches, average of weights', {
    set: {
      precision: 'bfloat16',
      optimizer: { ...adamw, clipNorm: 0.5 },
      microBatches: 2,
      averaging: { kind: 'ema', decay: 0.9 },
    },
    args: ['--augment', 'standard'],
  }),
  variant('float16 with a loss scale, sgd with Nesterov', {
    set: { precision: 'float16', optimizer: sgd },
    args: ['--augment', 'jitter'],
  }),
  variant('first stage frozen, weights of another training, adamw', {
    set: { frozen: { kind: 'stages', stages: 1 }, optimizer: { ...adamw, clipNorm: 0.5 } },
    args: ['--augment', 'standard'],
    startsFromWeights: true,
  }),
];
