// What a plain SGD step costs, counted: an option that is not used must not leave an op in the graph.
// Whoever changes the step on purpose looks at the difference and updates the table (vitest -u).
import { expect, test } from 'vitest';
import { buildPlan } from '../../zoo/build-plan.ts';
import { getArchitecture } from '../../zoo/registry.ts';
import { opHistogram } from '../recording/describe-graph.ts';
import { recordProgram } from '../recording/recorded-program.ts';
import { failOnLeaks } from '../testing/leaks.ts';
import { networkProgram } from './network.ts';
import type { NetworkProgramOptions } from './steps.ts';

failOnLeaks();

const plain: NetworkProgramOptions = {
  plan: buildPlan(getArchitecture('mini-basic-a').spec, {
    input: { height: 12, width: 12, channels: 3 },
    classes: 5,
  }),
  batch: 8,
  data: { kind: 'resident', count: 24 },
  normalization: { mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25] },
  augmentation: { pad: 0, flip: false },
  labelSmoothing: 0,
  optimizer: {
    momentum: 0.9,
    nesterov: false,
    weightDecay: 5e-4,
    decayNormAndBias: true,
    clipNorm: undefined,
  },
};

function opsOf(options: NetworkProgramOptions): Record<string, number> {
  const program = recordProgram(networkProgram(options, 'train'));
  try {
    return Object.fromEntries(opHistogram(program.nodes).map(({ op, count }) => [op, count]));
  } finally {
    program.dispose();
  }
}

test('a plain SGD step has these ops and no more', () => {
  expect(opsOf(plain)).toMatchInlineSnapshot(`
    {
      "Add": 32,
      "AddV2": 11,
      "ArgMax": 2,
      "AssignVariableOp": 26,
      "AvgPool": 4,
      "AvgPoolGrad": 2,
      "BiasAdd": 2,
      "BiasAddGrad": 1,
      "BroadcastTo": 1,
      "Cast": 35,
      "ConcatV2": 2,
      "Const": 103,
      "Conv2D": 18,
      "Conv2DBackpropFilter": 9,
      "Conv2DBackpropInput": 9,
      "Equal": 2,
      "ExpandDims": 1,
      "FusedBatchNormGradV3": 9,
      "FusedBatchNormV3": 18,
      "GatherV2": 4,
      "Identity": 26,
      "InTopKV2": 2,
      "L2Loss": 73,
      "MatMul": 4,
      "Maximum": 18,
      "Mean": 23,
      "Mul": 97,
      "OneHot": 2,
      "Pack": 24,
      "PadV2": 4,
      "Placeholder": 32,
      "ReadVariableOp": 25,
      "RealDiv": 29,
      "ReluGrad": 9,
      "Reshape": 10,
      "ResourceApplyMomentum": 11,
      "Slice": 2,
      "SoftmaxCrossEntropyWithLogits": 2,
      "SplitV": 3,
      "Sqrt": 27,
      "Square": 9,
      "Sub": 18,
      "Sum": 21,
      "Unpack": 2,
      "VarHandleOp": 25,
    }
  `);
});

test('options at rest leave the graph as it is', () => {
  const resting = { microBatches: 1, averaging: false, frozen: undefined, testTimeFlip: false };
  expect(opsOf({ ...plain, ...resting })).toEqual(opsOf(plain));
});

test('averages, AdamW and frozen units change what they must', () => {
  const base = opsOf(plain);
  // An update in place for every variable, in a function of its own: nothing in the step.
  const averaged = opsOf({ ...plain, averaging: true });
  expect(base['ResourceApplyGradientDescent']).toBeUndefined();
  expect(averaged['ResourceApplyGradientDescent']).toBeGreaterThan(0);
  for (const op of ['Conv2D', 'Mul', 'ResourceApplyMomentum', 'FusedBatchNormV3', 'L2Loss']) {
    expect(averaged[op], op).toBe(base[op]);
  }
  const adam = { weightDecay: 0.01, decayNormAndBias: true, clipNorm: undefined };
  const adamw = opsOf({
    ...plain,
    optimizer: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, ...adam },
  });
  expect(adamw['ResourceApplyAdam']).toBe(base['ResourceApplyMomentum']);
  expect(adamw['ResourceApplyMomentum']).toBeUndefined();
  const frozen = opsOf({
    ...plain,
    frozen: { units: new Set(['stem', 'layer1.0']), normInference: true },
  });
  // Three convolutions and their batch norms are not trained.
  expect(frozen['ResourceApplyMomentum']).toBeLessThan(base['ResourceApplyMomentum']!);
  expect(frozen['Conv2DBackpropFilter']).toBe(base['Conv2DBackpropFilter']! - 3);
});
