// A step on two devices is a step of two micro-batches: the same examples in the same halves, the same seeds, batch
// norm by half, and running statistics as if one half had come after the other. Here both devices are the one CPU.
import { describe, expect, test } from 'vitest';
import { createRng } from '../../../shared/rng.ts';
import { NAMED_AUGMENTATIONS } from '../../../shared/spec/augmentation.ts';
import { buildPlan } from '../../zoo/build-plan.ts';
import { getArchitecture } from '../../zoo/registry.ts';
import type { GraphNode } from '../recording/graph.ts';
import { recordProgram } from '../recording/recorded-program.ts';
import { failOnLeaks } from '../testing/leaks.ts';
import { networksOn } from '../testing/networks-on.ts';
import { networkProgram, type Network, type TrainRequest } from './network.ts';
import { trainedWeights, type NetworkProgramOptions } from './steps.ts';

failOnLeaks();

const COUNT = 24;
const BATCH = 8;
const SIDE = 12;
const SGD = {
  momentum: 0.9,
  nesterov: false,
  weightDecay: 5e-4,
  decayNormAndBias: true,
  clipNorm: undefined,
} as const;

function optionsFor(
  architecture: string,
  changes: Partial<NetworkProgramOptions> = {},
): NetworkProgramOptions {
  return {
    plan: buildPlan(getArchitecture(architecture).spec, {
      input: { height: SIDE, width: SIDE, channels: 3 },
      classes: 5,
    }),
    batch: BATCH,
    data: { kind: 'resident', count: COUNT },
    normalization: { mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25] },
    augmentation: { pad: 2, flip: true },
    labelSmoothing: 0,
    optimizer: SGD,
    ...changes,
  };
}

const rng = createRng(1, 'replica test data');
const ROW = SIDE * SIDE * 3;
const IMAGES = Uint8Array.from({ length: COUNT * ROW }, () => rng.below(256));
const LABELS = Int32Array.from({ length: COUNT }, (_, i) => i % 5);

function batchOf(step: number, kind: 'resident' | 'streamed'): TrainRequest['batch'] {
  const indices = Int32Array.from({ length: BATCH }, (_, i) => (step * BATCH + i) % COUNT);
  if (kind === 'resident') return { kind, indices };
  const images = new Uint8Array(BATCH * ROW);
  indices.forEach((row, i) => images.set(IMAGES.subarray(row * ROW, (row + 1) * ROW), i * ROW));
  return { kind, images, labels: indices.map((row) => LABELS[row]!) };
}

function request(
  { data }: NetworkProgramOptions,
  step: number,
  changes: Partial<TrainRequest> = {},
): TrainRequest {
  return {
    batch: batchOf(step, data.kind),
    seed: [7, step],
    rate: 0.02,
    step,
    averageDecay: 0.9,
    lossScale: 2 ** 10,
    diagnostics: true,
    update: true,
    ...changes,
  };
}

const withNetwork = networksOn({ images: IMAGES, labels: LABELS });

/** Everything that a run reports and keeps, after some steps. */
function trained(options: NetworkProgramOptions, steps = 3, execution?: 'eager') {
  return withNetwork(
    options,
    (network) => {
      const results = Array.from({ length: steps }, (_, step) =>
        network.step(request(options, step)),
      );
      return {
        results,
        evaluated: Array.from({ length: BATCH / options.batch }, (_, part) =>
          network.evaluate({
            batch: partOf(batchOf(0, options.data.kind), part, options.batch),
            validCount: options.batch - (part === BATCH / options.batch - 1 ? 1 : 0),
            logits: true,
          }),
        ),
        weights: network.readWeights(),
        slots: network.readSlots(),
      };
    },
    execution,
  );
}

function partOf(batch: TrainRequest['batch'], part: number, size: number): TrainRequest['batch'] {
  const [from, to] = [part * size, (part + 1) * size];
  return batch.kind === 'resident'
    ? { kind: 'resident', indices: batch.indices.subarray(from, to) }
    : {
        kind: 'streamed',
        images: batch.images.subarray(from * ROW, to * ROW),
        labels: batch.labels.subarray(from, to),
      };
}

type Trained = ReturnType<typeof trained>;

/** Of the largest number of what is compared: rounding of float32 sums, through three steps. */
const ROUNDING = 2e-5;

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  expect(actual.length, what).toBe(expected.length);
  const values = Array.from(expected);
  const largest = Math.max(1e-3, ...values.map(Math.abs));
  const apart = Math.max(0, ...values.map((value, i) => Math.abs(value - actual[i]!)));
  expect(apart / largest, what).toBeLessThan(ROUNDING);
}

function expectSame(actual: Trained, expected: Trained): void {
  actual.results.forEach(({ diagnostics, ...result }, step) => {
    const other = expected.results[step]!;
    expectClose(
      [result.loss, result.top1, result.top5],
      [other.loss, other.top1, other.top5],
      'loss',
    );
    expect(result.skipped).toBe(other.skipped);
    const wanted = new Map<string, Float32Array>(Object.entries(other.diagnostics!));
    for (const [name, values] of Object.entries<Float32Array>({ ...diagnostics! })) {
      expectClose(values, wanted.get(name)!, `${name} of step ${step}`);
    }
  });
  const logits = ({ evaluated }: Trained): number[] =>
    evaluated.flatMap((part) => [...part.logits!]);
  const total = ({ evaluated }: Trained, of: 'lossSum' | 'top1Hits' | 'top5Hits'): number =>
    evaluated.reduce((sum, part) => sum + part[of], 0);
  expectClose(logits(actual), logits(expected), 'logits');
  expectClose([total(actual, 'lossSum')], [total(expected, 'lossSum')], 'evaluated loss');
  expect(total(actual, 'top1Hits')).toBe(total(expected, 'top1Hits'));
  expect(total(actual, 'top5Hits')).toBe(total(expected, 'top5Hits'));
  for (const part of ['weights', 'slots'] as const) {
    expect([...actual[part].keys()]).toEqual([...expected[part].keys()]);
    for (const [name, values] of actual[part]) expectClose(values, expected[part].get(name)!, name);
  }
}

const adamw = {
  kind: 'adamw',
  beta1: 0.9,
  beta2: 0.99,
  // Small moments over a smaller ε would show rounding as large as the gradient.
  epsilon: 1e-3,
  weightDecay: 0.01,
  decayNormAndBias: false,
  clipNorm: 1,
} as const;

describe('two replicas are two micro-batches', () => {
  test.each<[string, string, Partial<NetworkProgramOptions>]>([
    ['option A', 'mini-basic-a', {}],
    ['a projection and averages', 'mini-basic-b', { averaging: true }],
    ['AdamW, clipped', 'mini-preact-bottleneck', { optimizer: adamw }],
    ['blocks that are drawn by the step', 'mini-sd', {}],
    ['masks that are drawn by the step', 'mini-shortcut-dropout', {}],
    ['no batch norm', 'mini-gn', {}],
    ['streamed data', 'mini-basic-a', { data: { kind: 'streamed' } }],
    [
      'weighted classes, mixed images',
      'mini-basic-a',
      {
        classWeights: [0.5, 1, 1.5, 1, 1],
        augmentation: NAMED_AUGMENTATIONS['strong'] as NetworkProgramOptions['augmentation'],
      },
    ],
    [
      'a frozen stem',
      'mini-basic-b',
      { frozen: { units: new Set(['conv1', 'stem', 'layer1.0']), normInference: true } },
    ],
  ])('%s (%s)', (_, architecture, changes) => {
    const options = optionsFor(architecture, changes);
    const parts = trained({ ...options, batch: BATCH / 2, microBatches: 2 });
    expectSame(trained({ ...options, replicas: 2 }), parts);
  });

  test('also as parts of micro-batches: two calls on two devices are four parts', () => {
    const options = optionsFor('mini-basic-a');
    const four = trained({ ...options, batch: BATCH / 4, microBatches: 4 });
    expectSame(trained({ ...options, batch: BATCH / 2, microBatches: 2, replicas: 2 }), four);
  });

  test('and four replicas are four', () => {
    const options = optionsFor('mini-basic-a');
    const four = trained({ ...options, batch: BATCH / 4, microBatches: 4 });
    expectSame(trained({ ...options, replicas: 4 }), four);
  });

  test.each(['bfloat16', 'float16'] as const)('in %s', (precision) => {
    const options = optionsFor('mini-basic-a', { precision });
    const [one, two] = [{ batch: BATCH / 2, microBatches: 2 }, { replicas: 2 }].map((changes) =>
      trained({ ...options, ...changes }, 1),
    );
    // One step: what is rounded to 8 bits would turn with the last bit of float32 in the next.
    expectSame(two!, one!);
  });
});

test('a step on two devices is recorded as it is run op by op', () => {
  const options = optionsFor('mini-basic-b', { replicas: 2 });
  expectSame(trained(options), trained(options, 3, 'eager'));
});

test.each(['float32', 'float16'] as const)(
  'what is saved after a step on two devices goes on to the same bits (%s)',
  (precision) => {
    const options = optionsFor('mini-sd', { replicas: 2, averaging: true, precision });
    const run = (network: Network, from: number, to: number) => {
      for (let step = from; step < to; step++) network.step(request(options, step));
      return { weights: network.readWeights(), slots: network.readSlots() };
    };
    const straight = withNetwork(options, (network) => run(network, 0, 4));
    const saved = withNetwork(options, (network) => run(network, 0, 2));
    withNetwork(options, (network) => {
      network.writeWeights(saved.weights);
      network.writeSlots(saved.slots);
      expect(run(network, 2, 4)).toEqual(straight);
    });
  },
);

test('a float16 step that overflows on one of two devices changes nothing', () => {
  const options = optionsFor('mini-basic-a', {
    replicas: 2,
    precision: 'float16',
    averaging: true,
  });
  withNetwork(options, (network) => {
    const state = () => [network.readWeights(), network.readSlots()];
    expect(network.step(request(options, 0)).skipped).toBe(false);
    const before = state();
    expect(network.step(request(options, 1, { lossScale: 2 ** 40 })).skipped).toBe(true);
    expect(state()).toEqual(before);
    expect(network.step(request(options, 1)).skipped).toBe(false);
    expect(state()).not.toEqual(before);
  });
});

describe('the graph of two replicas', () => {
  const options = optionsFor('mini-basic-b', { replicas: 2, precision: 'bfloat16' });
  const nodes = (): readonly GraphNode[] => {
    const program = recordProgram(networkProgram(options, 'train'), options);
    program.dispose();
    return program.nodes;
  };

  test('has each convolution once on each device, forward and backward', () => {
    const all = nodes();
    for (const op of ['Conv2D', 'Conv2DBackpropFilter', 'FusedBatchNormV3', 'MatMul']) {
      const places = all.filter((node) => node.op === op).map(({ placement }) => placement);
      const second = places.filter((place) => place === 'replica 1').length;
      expect(second, op).toBeGreaterThan(0);
      expect(places.filter((place) => place === 'anywhere').length, op).toBe(second);
    }
  });

  test('changes variables on the first device and brings few tensors there', () => {
    const all = nodes();
    const isSecond = ({ placement }: GraphNode): boolean => placement === 'replica 1';
    expect(
      all.filter(({ op }) => /^(Resource|Assign|VarHandle|Read)/.test(op)).some(isSecond),
    ).toBe(false);
    const second = new Set(all.filter(isSecond).map(({ name }) => name));
    const crossing = new Set(
      all
        .filter((node) => node.placement === 'anywhere')
        .flatMap(({ inputs }) => inputs)
        .filter((input) => second.has(input.replace(/^\^/, '').replace(/:\d+$/, ''))),
    );
    const matrices = trainedWeights(options).filter(({ shape }) => shape.length > 1).length;
    // Gradients of kernels and of the last matrix, all vectors' at once, statistics at once; metrics, logits, input
    // gradients, responses; and logits and totals of an evaluation.
    expect(crossing.size).toBeLessThanOrEqual(matrices + 8);
  });
});
