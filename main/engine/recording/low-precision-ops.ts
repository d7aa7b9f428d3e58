// Which ops a program of low precision computes in it, and which of their inputs and outputs are low then. What
// is not here (losses, norms, means, updates, everything before the first convolution) stays float32. The split is
// PyTorch autocast's: products low, sums over many elements in float32.

export interface LowOp {
  /**
   * `product`: always low, since that is where the time goes. `elementwise`: low where something low comes in.
   * `mover`: changes no value, so it is also low where all that comes out is wanted low.
   */
  readonly kind: 'product' | 'elementwise' | 'mover';
  /** Inputs that have the op's type. */
  readonly inputs: readonly number[] | 'all-but-last';
  /** Outputs that have the op's type. */
  readonly outputs: 'first' | 'all';
  /** What follows is not low because of it: sums and updates of weights are float32. */
  readonly isEnd?: true;
}

const product = (...inputs: number[]): LowOp => ({ kind: 'product', inputs, outputs: 'first' });
const elementwise = (...inputs: number[]): LowOp => ({
  kind: 'elementwise',
  inputs,
  outputs: 'first',
});
const mover = (...inputs: number[]): LowOp => ({ kind: 'mover', inputs, outputs: 'first' });

export const LOW_OPS: Readonly<Record<string, LowOp>> = {
  Conv2D: product(0, 1),
  Conv2DBackpropInput: product(1, 2),
  Conv2DBackpropFilter: { ...product(0, 2), isEnd: true },

  // Scale, shift, statistics and their gradients are of another type, U, which stays float32.
  FusedBatchNormV3: elementwise(0),
  FusedBatchNormGradV3: elementwise(0, 1),
  // ReLU: its other input is the constant 0.
  Maximum: elementwise(0, 1),
  ReluGrad: elementwise(0, 1),
  Sigmoid: elementwise(0),
  SigmoidGrad: elementwise(0, 1),
  Add: elementwise(0, 1),
  AddV2: elementwise(0, 1),
  Sub: elementwise(0, 1),
  Mul: elementwise(0, 1),
  BiasAdd: elementwise(0, 1),
  AvgPool: elementwise(0),
  AvgPoolGrad: elementwise(1),
  MaxPool: elementwise(0),
  MaxPoolGrad: elementwise(0, 1, 2),

  BatchToSpaceND: mover(0),
  BroadcastTo: mover(0),
  ConcatV2: { kind: 'mover', inputs: 'all-but-last', outputs: 'first' },
  Identity: mover(0),
  Pad: mover(0),
  PadV2: mover(0, 2),
  Reshape: mover(0),
  ReverseV2: mover(0),
  Slice: mover(0),
  SpaceToBatchND: mover(0),
  Split: { kind: 'mover', inputs: [1], outputs: 'all' },
  StridedSlice: mover(0),
  Transpose: mover(0),
};

/** Whether a node's data input is of the op's type. */
export function isTyped({ inputs }: LowOp, index: number, count: number): boolean {
  return inputs === 'all-but-last' ? index < count - 1 : inputs.includes(index);
}
