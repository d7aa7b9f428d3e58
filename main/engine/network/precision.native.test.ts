import { describe, expect, test } from 'vitest';
import { createRng } from '../../../shared/rng.ts';
import type { Precision } from '../../../shared/spec/precision.ts';
import { buildPlan } from '../../zoo/build-plan.ts';
import { getArchitecture } from '../../zoo/registry.ts';
import type { GraphNode } from '../recording/graph.ts';
import { recordProgram } from '../recording/recorded-program.ts';
import { failOnLeaks } from '../testing/leaks.ts';
import { initialWeights } from './initialize.ts';
import { networkProgram, recordNetwork, type Network, type TrainRequest } from './network.ts';
import { convolutionNames } from '../../zoo/plan.ts';
import type { NetworkProgramOptions } from './steps.ts';

failOnLeaks();

const COUNT = 24;
const BATCH = 8;
const SCALE = 2 ** 12;
const TYPE = { float32: 1, bfloat16: 14, float16: 19 } as const;

function optionsFor(
  architecture: string,
  changes: Partial<NetworkProgramOptions> = {},
): NetworkProgramOptions {
  const { spec, input } = getArchitecture(architecture);
  // Of a last map of one pixel, statistics of eight values would turn with the last bit.
  const height = input.height === 32 ? 64 : input.height;
  return {
    plan: buildPlan(spec, { input: { height, width: height, channels: 3 }, classes: 5 }),
    batch: BATCH,
    data: { kind: 'resident', count: COUNT },
    normalization: { mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25] },
    augmentation: { pad: 2, flip: true },
    labelSmoothing: 0,
    optimizer: {
      momentum: 0.9,
      nesterov: false,
      weightDecay: 5e-4,
      decayNormAndBias: true,
      clipNorm: undefined,
    },
    ...changes,
  };
}

const rows = (step: number, parts = 1): Int32Array =>
  Int32Array.from({ length: BATCH * parts }, (_, i) => (step * BATCH + i) % COUNT);

function request(step: number, changes: Partial<TrainRequest> = {}): TrainRequest {
  return {
    batch: { kind: 'resident', indices: rows(step) },
    seed: [7, step],
    rate: 0.02,
    lossScale: SCALE,
    step,
    averageDecay: 0.9,
    diagnostics: false,
    update: true,
    ...changes,
  };
}

function withNetwork<T>(options: NetworkProgramOptions, body: (network: Network) => T): T {
  const network = recordNetwork(options, 'train');
  try {
    const { height, width } = options.plan.input;
    const rng = createRng(1, 'precision test data');
    network.writeWeights(initialWeights(options.plan, 3));
    network.writeSlots(new Map());
    network.writeData(
      Uint8Array.from({ length: COUNT * height * width * 3 }, () => rng.below(256)),
      Int32Array.from({ length: COUNT }, (_, i) => i % 5),
    );
    return body(network);
  } finally {
    network.dispose();
  }
}

function run(network: Network, from: number, to: number): void {
  for (let step = from; step < to; step++) network.step(request(step));
}

/** Losses may differ by rounding to 8 or 11 bits, through a few layers. */
const LOSS_TOLERANCE = { bfloat16: 0.02, float16: 0.003 } as const;

test.each([
  ['mini-preact-bottleneck', 'bfloat16', 0.98],
  // Deeper, so that rounding adds up: 0.913 with TensorFlow's own kernels, which sum in bfloat16.
  ['mini-resnet18', 'bfloat16', 0.9],
  ['mini-grouped', 'bfloat16', 0.98],
  ['mini-gn', 'bfloat16', 0.98],
  ['mini-se', 'bfloat16', 0.98],
  ['mini-basic-a', 'float16', 0.99],
] as const)('%s has in %s the loss and the gradient of float32', (name, precision, least) => {
  const measure = (options: NetworkProgramOptions) =>
    withNetwork(options, (network) => {
      const { lossSum } = network.evaluate({ ...request(0), validCount: BATCH, logits: false });
      const gradient = network.gradients(request(0));
      const loss = network.step(request(0)).loss;
      return { gradient, losses: [loss, lossSum / BATCH] };
    });
  const full = measure(optionsFor(name));
  const low = measure(optionsFor(name, { precision }));
  expect(low.losses).not.toEqual(full.losses);
  low.losses.forEach((loss, i) => {
    const expected = full.losses[i]!;
    expect(Math.abs(loss - expected) / expected).toBeLessThan(LOSS_TOLERANCE[precision]);
  });
  expect(cosine(low.gradient, full.gradient)).toBeGreaterThan(least);
});

function cosine(a: ReadonlyMap<string, Float32Array>, b: ReadonlyMap<string, Float32Array>) {
  const dot = (x: typeof a, y: typeof a): number =>
    [...x].reduce(
      (sum, [name, values]) => values.reduce((s, v, i) => s + v * y.get(name)![i]!, sum),
      0,
    );
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

function nodesOf(options: NetworkProgramOptions): readonly GraphNode[] {
  const program = recordProgram(networkProgram(options, 'train'), options);
  program.dispose();
  return program.nodes;
}

const typeIn = ({ attributes }: GraphNode, name: string): unknown => {
  const attribute = attributes[name];
  return attribute?.kind === 'type' ? attribute.value : undefined;
};
const isCastTo = (type: number) => (node: GraphNode | undefined) =>
  node?.op === 'Cast' && typeIn(node, 'DstT') === type;

describe('casts', () => {
  test('are one a value, and never lead back to where they came from', () => {
    for (const name of ['mini-basic-a', 'mini-se', 'mini-resnet50-d']) {
      const nodes = nodesOf(optionsFor(name, { precision: 'bfloat16' }));
      const byName = new Map(nodes.map((node) => [node.name, node]));
      const inputsOf = (node: GraphNode): (GraphNode | undefined)[] =>
        node.inputs.map((input) => byName.get(input.replace(/:\d+$/, '')));
      const toLow = nodes.filter(isCastTo(TYPE.bfloat16));
      expect(new Set(toLow.map(({ inputs }) => inputs[0])).size, name).toBe(toLow.length);
      // The value that is made low was not low before its one op.
      const back = toLow.filter((cast) =>
        inputsOf(cast).some(
          (source) =>
            source !== undefined &&
            (isCastTo(TYPE.float32)(source) || inputsOf(source).some(isFromLow(inputsOf))),
        ),
      );
      expect(
        back.map((node) => node.name),
        name,
      ).toEqual([]);
    }
  });

  test('of a plain network are those of its kernels, their gradients and its two ends', () => {
    const options = optionsFor('mini-basic-a', { precision: 'bfloat16', withoutDiagnostics: true });
    const nodes = nodesOf(options).filter(({ name }) => !name.startsWith('evaluate'));
    const convolutions = convolutionNames(options.plan).length;
    // Low: kernels, the images, the padding's zero, and the gradient that comes back from the mean.
    expect(nodes.filter(isCastTo(TYPE.bfloat16)).length).toBe(convolutions + 3);
    // Float32: kernels' gradients, and the map that the mean is taken of.
    const isOfLow = (node: GraphNode) => typeIn(node, 'SrcT') === TYPE.bfloat16;
    expect(nodes.filter(isOfLow).length).toBe(convolutions + 1);
  });

  test('leave every update, sum and loss in float32', () => {
    const nodes = nodesOf(optionsFor('mini-basic-a', { precision: 'bfloat16' }));
    const lowOps = new Set(
      nodes.filter((node) => typeIn(node, 'T') === TYPE.bfloat16).map(({ op }) => op),
    );
    for (const op of ['Mean', 'Sum', 'L2Loss', 'MatMul', 'ResourceApplyMomentum', 'Sqrt']) {
      expect(lowOps.has(op), op).toBe(false);
    }
    expect(nodes.some(({ name, op }) => op === 'Cast' && name.includes('/update/'))).toBe(false);
  });
});

const isFromLow =
  (inputsOf: (node: GraphNode) => (GraphNode | undefined)[]) => (node: GraphNode | undefined) =>
    isCastTo(TYPE.float32)(node) &&
    inputsOf(node!).every((source) => source?.op !== 'Conv2DBackpropFilter');

test('a stem of three channels keeps float32 in float16 and not in bfloat16', () => {
  const stem = (precision: Precision) =>
    nodesOf(optionsFor('mini-basic-a', { precision }))
      .filter(({ op }) => op === 'Conv2D')
      .map((node) => typeIn(node, 'T'))
      .slice(0, 2);
  expect(stem('float16')).toEqual([TYPE.float32, TYPE.float16]);
  expect(stem('bfloat16')).toEqual([TYPE.bfloat16, TYPE.bfloat16]);
});

test('no strided convolution of low precision leaves its padding to the op', () => {
  const explicit = (precision: Precision) =>
    nodesOf(optionsFor('mini-basic-b', { precision })).filter(
      ({ attributes: { padding } }) => padding?.kind === 'text' && padding.value === 'EXPLICIT',
    ).length;
  expect(explicit('float32')).toBeGreaterThan(0);
  expect(explicit('bfloat16')).toBe(0);
});

describe('resumed in the middle', () => {
  test.each(['bfloat16', 'float16'] as const)('%s goes on to the same bits', (precision) => {
    const options = optionsFor('mini-basic-a', { precision, averaging: true });
    const straight = withNetwork(options, (network) => {
      run(network, 0, 4);
      return { weights: network.readWeights(), slots: network.readSlots() };
    });
    const saved = withNetwork(options, (network) => {
      run(network, 0, 2);
      return { weights: network.readWeights(), slots: network.readSlots() };
    });
    withNetwork(options, (network) => {
      network.writeWeights(saved.weights);
      network.writeSlots(saved.slots);
      run(network, 2, 4);
      expect(network.readWeights()).toEqual(straight.weights);
      expect(network.readSlots()).toEqual(straight.slots);
    });
  });
});

describe('a float16 step whose gradients overflow', () => {
  const overflowing = { lossScale: 2 ** 40 };
  const sgd = optionsFor('mini-basic-a').optimizer;
  const adamw = { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;
  test.each([
    ['SGD', { optimizer: sgd }],
    ['AdamW with averages', { optimizer: { ...sgd, ...adamw }, averaging: true }],
    ['two micro-batches', { microBatches: 2 }],
  ] as const)('changes nothing and says so (%s)', (_, changes) => {
    const options = optionsFor('mini-basic-a', { ...changes, precision: 'float16' });
    const { microBatches = 1 } = options;
    withNetwork(options, (network) => {
      const given = (step: number, more: Partial<TrainRequest>) =>
        request(step, { ...more, batch: { kind: 'resident', indices: rows(step, microBatches) } });
      expect(network.step(given(0, {})).skipped).toBe(false);
      const before = { weights: network.readWeights(), slots: network.readSlots() };
      const result = network.step(given(1, overflowing));
      expect(result.skipped).toBe(true);
      expect(result.loss).toBeLessThan(10);
      expect({ weights: network.readWeights(), slots: network.readSlots() }).toEqual(before);
      expect(network.step(given(1, {})).skipped).toBe(false);
      expect(network.readWeights()).not.toEqual(before.weights);
    });
  });
});

test('gradients do not depend on the loss scale', () => {
  withNetwork(optionsFor('mini-basic-a', { precision: 'float16' }), (network) => {
    const at = (lossScale: number) => network.gradients(request(0, { lossScale }));
    expect(cosine(at(2 ** 8), at(2 ** 12))).toBeGreaterThan(0.99999);
    const norm = (lossScale: number) =>
      network.step(request(0, { lossScale, diagnostics: true, update: false })).diagnostics!;
    const { inputGradientNorm } = norm(2 ** 8);
    norm(2 ** 12).inputGradientNorm.forEach((value, i) => {
      expect(value / inputGradientNorm[i]!).toBeCloseTo(1, 2);
    });
  });
});
