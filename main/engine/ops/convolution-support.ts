// What the native library can do with unusual convolutions, asked of it once for each kind.
import type { LowPrecision } from '../recording/precision.ts';
import { LOW_TYPE } from '../recording/precision.ts';
import { createHandle, deleteHandle } from '../tensorflow/handles.ts';
import { binding } from '../tensorflow/library.ts';
import { TYPE_NUMBER, type NativeAttribute, type TensorValues } from '../tensorflow/binding.ts';
import type { Precision } from '../../../shared/spec/precision.ts';

export interface ConvolutionKind {
  readonly groups: number;
  readonly dilation: number;
  readonly precision: Precision;
}

const answers = new Map<string, boolean>();

/**
 * Whether this TensorFlow can differentiate a grouped or dilated convolution: cuDNN and oneDNN can
 * (four times faster than slices for ResNeXt's 32 groups), TensorFlow's own CPU kernels refuse. oneDNN takes
 * low precision only on processors that have instructions for it.
 */
export function hasGradientOf({ groups, dilation, precision }: ConvolutionKind): boolean {
  if (isAvoided(groups > 1, 'grouped') || isAvoided(dilation > 1, 'dilated')) return false;
  const parts = groups > 1 ? 2 : 1;
  const spread = dilation > 1 ? 2 : 1;
  const key = `${parts} ${spread} ${precision}`;
  const known = answers.get(key) ?? tryGradient({ groups: parts, dilation: spread, precision });
  answers.set(key, known);
  return known;
}

/** Whether 1×1 convolutions have to be matrix products, because oneDNN's kernel for wide ones is wrong here. */
export function isPointwiseAvoided(): boolean {
  return isAvoided(true, 'pointwise');
}

/** Kinds that oneDNN computes wrongly on this processor; main/runtime finds out and tells. */
function isAvoided(isOfKind: boolean, kind: 'pointwise' | 'grouped' | 'dilated'): boolean {
  const avoided = process.env['RESNET_LAB_AVOIDED_CONVOLUTIONS']?.split(',') ?? [];
  return isOfKind && avoided.includes(kind);
}

/** Of the real library, even while recording. */
function tryGradient({ groups, dilation, precision }: ConvolutionKind): boolean {
  // x [1, 5, 5, 4], kernel [3, 3, 4 / groups, 4].
  const map = [1, 5, 5, 4];
  const kernel = [3, 3, 4 / groups, 4];
  const scope = new Handles();
  try {
    const attributes = convolutionAttributes(dilation, precision);
    const x = scope.ones(map, precision);
    const dy = scope.ones(map, precision);
    const weights = scope.ones(kernel, precision);
    const toInput = [scope.shape(map), weights, dy];
    const toFilter = [x, scope.shape(kernel), dy];
    for (const [op, inputs] of [
      ['Conv2DBackpropInput', toInput],
      ['Conv2DBackpropFilter', toFilter],
    ] as const) {
      scope.run(op, attributes, inputs);
    }
    return true;
  } catch {
    return false;
  } finally {
    scope.dispose();
  }
}

function convolutionAttributes(dilation: number, precision: Precision): NativeAttribute[] {
  return [
    { name: 'T', type: binding.TF_ATTR_TYPE, value: typeOf(precision) },
    { name: 'strides', type: binding.TF_ATTR_INT, value: [1, 1, 1, 1] },
    { name: 'dilations', type: binding.TF_ATTR_INT, value: [1, dilation, dilation, 1] },
    { name: 'padding', type: binding.TF_ATTR_STRING, value: 'SAME' },
    { name: 'data_format', type: binding.TF_ATTR_STRING, value: 'NHWC' },
    { name: 'use_cudnn_on_gpu', type: binding.TF_ATTR_BOOL, value: true },
  ];
}

function typeOf(precision: Precision): number {
  return precision === 'float32' ? TYPE_NUMBER.float32 : LOW_TYPE[precision];
}

/** Handles of tensors that tfjs has no type for. */
class Handles {
  private readonly owned: number[] = [];

  ones(shape: readonly number[], precision: Precision): number {
    const size = shape.reduce((product, side) => product * side, 1);
    const ones = this.create('float32', shape, new Float32Array(size).fill(1));
    return precision === 'float32' ? ones : this.cast(ones, precision);
  }

  shape(values: readonly number[]): number {
    return this.create('int32', [values.length], new Int32Array(values));
  }

  /** Runs an op with one output. */
  run(op: string, attributes: readonly NativeAttribute[], inputs: readonly number[]): number {
    const [output] = binding.executeOp(op, attributes, inputs, 1);
    if (!output) throw new Error(`${op} returned nothing.`);
    this.owned.push(output.id);
    return output.id;
  }

  dispose(): void {
    this.owned.forEach(deleteHandle);
  }

  private create(type: 'float32' | 'int32', shape: readonly number[], values: TensorValues) {
    const handle = createHandle(type, shape, values);
    this.owned.push(handle);
    return handle;
  }

  private cast(handle: number, precision: LowPrecision): number {
    const types = [
      { name: 'SrcT', type: binding.TF_ATTR_TYPE, value: TYPE_NUMBER.float32 },
      { name: 'DstT', type: binding.TF_ATTR_TYPE, value: LOW_TYPE[precision] },
      { name: 'Truncate', type: binding.TF_ATTR_BOOL, value: false },
    ];
    return this.run('Cast', types, [handle]);
  }
}
