// Which ops a recorded graph may have: those of which somebody knows that they give the same bits whenever
// they are given the same inputs on the same number of threads. A run that was killed and resumed has the
// weights of one that was not only because of that. Whoever needs another op adds it here, with the reason.
import { failure } from '../../../shared/errors.ts';
import type { GraphNode } from './graph.ts';

interface AllowedOps {
  /** Why their results do not depend on which thread is first. */
  readonly reason: string;
  readonly ops: readonly string[];
}

const ALLOWED: readonly AllowedOps[] = [
  {
    reason: 'Each element of the result is computed by itself.',
    ops: [
      ...['Abs', 'Add', 'AddV2', 'Cast', 'Ceil', 'Cos', 'Equal', 'Exp', 'Floor', 'FloorDiv'],
      ...['FloorMod', 'Greater', 'GreaterEqual', 'Less', 'LessEqual', 'Log', 'LogicalAnd'],
      ...['LogicalNot', 'LogicalOr', 'Maximum', 'Minimum', 'Mul', 'MulNoNan', 'Neg', 'NotEqual'],
      ...['Pow', 'RealDiv', 'Relu', 'ReluGrad', 'Round', 'Rsqrt', 'Select', 'SelectV2', 'Sigmoid'],
      ...[
        'SigmoidGrad',
        'Sign',
        'Sin',
        'Sqrt',
        'Square',
        'SquaredDifference',
        'Sub',
        'Tanh',
        'BiasAdd',
        'ClipByValue',
      ],
    ],
  },
  {
    reason: 'It moves values and computes none.',
    ops: [
      ...['BatchToSpaceND', 'Bitcast', 'BroadcastTo', 'ConcatV2', 'ExpandDims', 'Fill', 'GatherNd'],
      ...[
        'GatherV2',
        'Identity',
        'OneHot',
        'Pack',
        'Pad',
        'PadV2',
        'Range',
        'Reshape',
        'ReverseV2',
      ],
      ...['Slice', 'SpaceToBatchND', 'Split', 'SplitV', 'Squeeze', 'StridedSlice', 'Tile'],
      ...['Transpose', 'Unpack', 'ZerosLike', 'OnesLike'],
    ],
  },
  {
    reason:
      'It reduces in parts whose number follows from shape and threads, and joins them in their order.',
    ops: [
      ...['All', 'Any', 'ArgMax', 'ArgMin', 'BiasAddGrad', 'L2Loss', 'Max', 'Mean', 'Min', 'Prod'],
      ...['Sum', 'InTopKV2', 'TopKV2', 'LogSoftmax', 'Softmax', 'SoftmaxCrossEntropyWithLogits'],
      ...['FusedBatchNormV3', 'FusedBatchNormGradV3'],
    ],
  },
  {
    reason: 'It divides its work by shape and threads; every part has its own place in the result.',
    ops: [
      ...['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter', 'MatMul', 'BatchMatMulV2'],
      ...['DepthwiseConv2dNative', 'MaxPool', 'MaxPoolGrad', 'AvgPool', 'AvgPoolGrad'],
      ...['ResizeBilinear', 'ResizeNearestNeighbor'],
    ],
  },
  {
    reason:
      'It counts in whole numbers, of which any order has the same sum, or along one axis in order.',
    ops: ['DenseBincount', 'Cumsum'],
  },
  {
    reason: 'Its numbers are a function of the fed seed.',
    ops: [
      'StatelessRandomUniform',
      'StatelessRandomUniformInt',
      'StatelessRandomNormal',
      'StatelessRandomGammaV2',
    ],
  },
  {
    reason:
      'It passes on one of two values, by a condition that is computed, not by which is there first.',
    ops: ['Switch', 'Merge'],
  },
  {
    reason: 'State: one write of a variable a call, after every read of it or by copy.',
    ops: [
      ...['Const', 'Placeholder', 'VarHandleOp', 'ReadVariableOp', 'AssignVariableOp'],
      ...['ResourceApplyMomentum', 'ResourceApplyGradientDescent', 'ResourceApplyAdam'],
    ],
  },
];

const allowed = new Set(ALLOWED.flatMap(({ ops }) => ops));

/** @throws failure `order-of-addition`, `unknown-op` */
export function requireAllowedOps(
  nodes: readonly Pick<GraphNode, 'name' | 'op' | 'inputs'>[],
): void {
  for (const { name, op, inputs } of nodes) {
    if (op === 'AddN') requireTwo(name, inputs);
    else if (!allowed.has(op)) {
      throw failure(
        'unknown-op',
        `The recorded graph has ${name}, an op ${op} of which nobody has said that its result does not depend on timing. Add it to allowed-ops.ts with the reason, or use another.`,
        { details: { name, op } },
      );
    }
  }
}

/** a + b = b + a, so two may come in any order. */
function requireTwo(name: string, inputs: readonly string[]): void {
  const terms = inputs.filter((input) => !input.startsWith('^'));
  if (terms.length <= 2) return;
  throw failure(
    'order-of-addition',
    `${name} adds ${terms.length} tensors at once and begins with whichever is free by then, so the last bit would differ from run to run. Sum a stack of them, or add one after the other.`,
    { details: { name, terms: terms.length } },
  );
}
