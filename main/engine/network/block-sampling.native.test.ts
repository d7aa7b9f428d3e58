import { expect, test } from 'vitest';
import type { ArchitectureSpec } from '../../../shared/spec/architecture.ts';
import { buildPlan } from '../../zoo/build-plan.ts';
import { getArchitecture } from '../../zoo/registry.ts';
import { failOnLeaks } from '../testing/leaks.ts';
import { tf } from '../tensorflow/library.ts';
import { expectedGates, sampledGates } from './block-sampling.ts';

failOnLeaks();

const STEPS = 400;

function planOf(name: string, sampling: ArchitectureSpec['sampling']) {
  const { spec, input, classes } = getArchitecture(name);
  return buildPlan(
    { ...spec, ...(sampling === undefined ? {} : { sampling }) },
    { input, classes },
  );
}

function gatesOf(plan: ReturnType<typeof planOf>, seed: number, step: number): number[] {
  return tf.tidy(() => {
    const gates = sampledGates(plan, tf.tensor1d([seed, step], 'int32'));
    return Array.from(gates!.dataSync<'float32'>());
  });
}

/** How often each block took part in `STEPS` steps. */
function sharesOf(plan: ReturnType<typeof planOf>): number[] {
  const sums = plan.blocks.map(() => 0);
  for (let step = 0; step < STEPS; step++) {
    gatesOf(plan, 1, step).forEach((gate, i) => (sums[i]! += gate));
  }
  return sums.map((sum) => sum / STEPS);
}

test('stochastic depth trains each block as often as its rule says', () => {
  const linear = planOf('resnet20', { kind: 'stochastic-depth', rule: 'linear', survival: 0.4 });
  expect(linear.blocks.map(({ survival }) => survival)[0]).toBeCloseTo(1 - 0.6 / 9);
  expect(linear.blocks.at(-1)?.survival).toBeCloseTo(0.4);
  const uniform = planOf('resnet20', { kind: 'stochastic-depth', rule: 'uniform', survival: 0.7 });
  for (const plan of [linear, uniform]) {
    sharesOf(plan).forEach((share, i) => {
      // Four standard deviations of a share of 400 draws are at most 0.1.
      expect(Math.abs(share - plan.blocks[i]!.survival)).toBeLessThan(0.1);
    });
  }
});

test('exactly so many blocks take part, each as often as the others', () => {
  const plan = planOf('resnet20', { kind: 'exactly', blocks: 4 });
  for (let step = 0; step < 50; step++) {
    const gates = gatesOf(plan, 7, step);
    expect(gates.every((gate) => gate === 0 || gate === 1)).toBe(true);
    expect(gates.reduce((sum, gate) => sum + gate)).toBe(4);
  }
  for (const share of sharesOf(plan)) expect(Math.abs(share - 4 / 9)).toBeLessThan(0.1);
  expect(tf.tidy(() => Array.from(expectedGates(plan)!.dataSync<'float32'>()))).toEqual(
    plan.blocks.map(() => Math.fround(4 / 9)),
  );
});

test('the blocks of a step are a function of seed and step and nothing else', () => {
  const plan = planOf('resnet110', { kind: 'exactly', blocks: 23 });
  expect(gatesOf(plan, 3, 5)).toEqual(gatesOf(plan, 3, 5));
  expect(gatesOf(plan, 3, 5)).not.toEqual(gatesOf(plan, 3, 6));
  expect(gatesOf(plan, 3, 5)).not.toEqual(gatesOf(plan, 4, 5));
});

test.each([undefined, { kind: 'exactly', blocks: 9 }] as const)(
  'a network that trains all its blocks has no gates of its own (%o)',
  (sampling) => {
    const plan = planOf('resnet20', sampling);
    tf.tidy(() => {
      expect(sampledGates(plan, tf.tensor1d([0, 0], 'int32'))).toBeUndefined();
      expect(expectedGates(plan)).toBeUndefined();
    });
  },
);
