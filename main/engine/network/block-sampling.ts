// Which blocks take part in a training step, drawn inside the graph from the step's seed; and what
// stands for them in evaluation. Both are a factor per block for its residual branch.
import type { NetworkPlan } from '../../zoo/plan.ts';
import { uniform, saltedSeed } from '../ops/random.ts';
import { tf, type Tensor } from '../tensorflow/library.ts';
import { bool, runOp, type } from '../tensorflow/op.ts';

/**
 * 1 for the blocks that take part, else 0: [G], a pure function of the seed. Undefined where all do,
 * so that a network without sampling pays nothing.
 */
export function sampledGates(plan: NetworkPlan, seed: Tensor): Tensor | undefined {
  const { sampling } = plan.spec;
  const count = plan.blocks.length;
  switch (sampling?.kind) {
    case undefined:
    case 'all':
      return undefined;
    case 'stochastic-depth':
      return tf.cast(tf.less(draws(count, seed), survivals(plan)), 'float32');
    case 'exactly': {
      if (sampling.blocks === count) return undefined;
      // The blocks with the largest draws: exactly so many, even if two draws are equal.
      const chosen = [draws(count, seed), tf.scalar(sampling.blocks, 'int32')];
      const [, places] = runOp('TopKV2', { T: type('float32'), sorted: bool(false) }, chosen, 2);
      if (!places) throw new Error('TopKV2 returned too few tensors.');
      return tf.sum(tf.cast(tf.oneHot(places, count), 'float32'), 0);
    }
  }
}

/** How often each block takes part, [G]; undefined where all always do. */
export function expectedGates(plan: NetworkPlan): Tensor | undefined {
  return plan.blocks.every(({ survival }) => survival === 1) ? undefined : survivals(plan);
}

function draws(count: number, seed: Tensor): Tensor {
  return uniform([count], saltedSeed(seed, 'block-sampling'));
}

function survivals(plan: NetworkPlan): Tensor {
  return tf.tensor1d(plan.blocks.map(({ survival }) => survival));
}
