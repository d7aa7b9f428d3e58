// Where normalization and ReLU stand in a block, as data: He et al. 2016 (arXiv 1603.05027), figure 4.
// Says what stands where; names and shapes are the block's business.
import type { BlockSpec } from '../../shared/spec/architecture.ts';

export type Activation = 'norm' | 'relu';

export interface ActivationOrder {
  /** Ahead of every convolution. What is ahead of the first is shared with a projection and a gate. */
  readonly ahead: readonly Activation[];
  /** Behind every convolution but the last. */
  readonly behind: readonly Activation[];
  /** Behind the last convolution of a branch. */
  readonly end: readonly Activation[];
  /** After the addition. */
  readonly after: readonly Activation[];
}

const orders: Readonly<Record<BlockSpec['order'], ActivationOrder>> = {
  original: { ahead: [], behind: ['norm', 'relu'], end: ['norm'], after: ['relu'] },
  'bn-after-addition': { ahead: [], behind: ['norm', 'relu'], end: [], after: ['norm', 'relu'] },
  'relu-before-addition': {
    ahead: [],
    behind: ['norm', 'relu'],
    end: ['norm', 'relu'],
    after: [],
  },
  'relu-only-preactivation': { ahead: ['relu'], behind: ['norm'], end: ['norm'], after: [] },
  'full-preactivation': { ahead: ['norm', 'relu'], behind: [], end: [], after: [] },
};

export function orderOf(block: Pick<BlockSpec, 'order'>): ActivationOrder {
  return orders[block.order];
}
