// Which ops of a replica are pinned to its device. A session refuses a graph that pins an op to a GPU which has no
// kernel for it there (tfjs asks for no soft placement), and what is not pinned goes to the first GPU: so what is
// believed to have a kernel for floating-point numbers is pinned (REGISTER_KERNEL_BUILDER in tensorflow/core/kernels
// says; the list was not checked against a GPU build), and all else is computed on the host, which has kernels for everything.
import { TYPE_NUMBER } from '../tensorflow/binding.ts';
import type { GraphAttribute } from './graph.ts';
import type { Placement } from './placement.ts';

const ON_DEVICE: ReadonlySet<string> = new Set([
  ...['Abs', 'Add', 'AddN', 'AddV2', 'AvgPool', 'AvgPoolGrad', 'BatchMatMulV2', 'BatchToSpaceND'],
  ...['BiasAdd', 'BiasAddGrad', 'BroadcastTo', 'Cast', 'ConcatV2', 'Conv2D'],
  ...['Conv2DBackpropFilter', 'Conv2DBackpropInput', 'DepthwiseConv2dNative', 'Exp', 'ExpandDims'],
  ...['Fill', 'FusedBatchNormGradV3', 'FusedBatchNormV3', 'GatherV2', 'Identity', 'L2Loss', 'Log'],
  ...['LogSoftmax', 'MatMul', 'Max', 'MaxPool', 'MaxPoolGrad', 'Maximum', 'Mean', 'Min', 'Minimum'],
  ...['Mul', 'Neg', 'OneHot', 'OnesLike', 'Pack', 'Pad', 'PadV2', 'Pow', 'Prod', 'RealDiv', 'Relu'],
  ...['ReluGrad', 'Reshape', 'ResizeBilinear', 'ReverseV2', 'Rsqrt', 'Select', 'SelectV2'],
  ...['Sigmoid', 'SigmoidGrad', 'Slice', 'Softmax', 'SoftmaxCrossEntropyWithLogits'],
  ...['SpaceToBatchND', 'Split', 'SplitV', 'Sqrt', 'Square', 'SquaredDifference', 'Squeeze'],
  ...['StatelessRandomNormal', 'StatelessRandomUniform', 'StridedSlice', 'Sub', 'Sum', 'Tanh'],
  ...['Tile', 'Transpose', 'Unpack', 'ZerosLike'],
]);

/** Attributes that say what an op computes in, by how telling they are. */
const TYPED_BY = ['T', 'DstT', 'dtype', 'Tparams'] as const;

export function replicaPlacement(
  op: string,
  attributes: Readonly<Record<string, GraphAttribute>>,
  placement: Placement,
): Placement {
  if (placement === 'anywhere' || placement === 'host') return placement;
  const type = TYPED_BY.map((name) => attributes[name]).find((attribute) => attribute);
  const isFloat = type?.kind === 'type' && type.value === TYPE_NUMBER.float32;
  return isFloat && ON_DEVICE.has(op) ? placement : 'host';
}
