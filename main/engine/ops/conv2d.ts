// 2-D convolution with PyTorch's symmetric zero padding, which TensorFlow's SAME is not when a
// strided window meets an even size: y[n,i,j,o] = Σ x[n, i·s+u−p, j·s+v−p, c] · w[u,v,c,o].
import { tf, type Tensor } from '../tensorflow/library.ts';
import { op, type } from '../tensorflow/op.ts';
import { attachGradient } from './gradient.ts';
import { matrixProduct, subsample } from './layers.ts';
import { currentPrecision } from '../recording/precision.ts';
import { hasGradientOf, isPointwiseAvoided } from './convolution-support.ts';
import { nativeConv2d, type Window } from './native-conv2d.ts';

export interface ConvOptions {
  readonly stride: number;
  /** Zeros on each side. */
  readonly padding: number;
  readonly groups: number;
  /** Distance between the pixels that the kernel reads, 1; more only at stride 1. */
  readonly dilation?: number;
}

/**
 * @param x [N, H, W, C]
 * @param kernel [k, k, C / groups, O]
 * @returns [N, H', W', O], H' = ⌊(H + 2p − d(k − 1) − 1) / s⌋ + 1
 */
export function conv2d(x: Tensor, kernel: Tensor, options: ConvOptions): Tensor {
  const { groups, dilation = 1, stride } = options;
  if (dilation > 1 && stride > 1) throw new Error('A dilated convolution has stride 1.');
  // Where only low precision has none, the convolution stays in float32 (native-conv2d.ts).
  const kind = { groups, dilation, precision: 'float32' } as const;
  if ((groups === 1 && dilation === 1) || hasGradientOf(kind)) {
    return paddedConv2d(x, kernel, options);
  }
  if (groups > 1) return splitConv2d(x, kernel, options);
  return spacedConv2d(x, kernel, options);
}

/**
 * oneDNN has no backward pass for EXPLICIT padding, and TensorFlow's own beats padding by hand only
 * while there are few channels (3×3, stride 2, forward and backward, medians of CPU time: 24 against
 * 30 ms for 16 channels, 14 against 21 for 32, 30 against 27 for 128, 42 against 28 for 256). In low precision
 * its own is many times slower than oneDNN's.
 */
const EXPLICIT_CHANNEL_LIMIT = 32;

function isBetterExplicit(groups: number, size: number, channels: number): boolean {
  const isPlain = groups === 1 && size === 3 && channels <= EXPLICIT_CHANNEL_LIMIT;
  return isPlain && currentPrecision() === 'float32';
}

function paddedConv2d(x: Tensor, kernel: Tensor, options: ConvOptions): Tensor {
  const { stride, padding, groups, dilation = 1 } = options;
  const [size = 1, , channels = 1] = kernel.shape;
  const [, height = 1, width = 1] = x.shape;
  const window = { stride, dilation };
  if (padding === 0) return unpaddedConv2d(x, kernel, window);
  const reach = dilation * (size - 1) + 1;
  const isSame =
    samePadding(height, reach, stride) === padding && samePadding(width, reach, stride) === padding;
  if (isSame) return nativeConv2d(x, kernel, { ...window, padding: { kind: 'SAME' } });
  if (isBetterExplicit(groups, size, channels)) {
    return nativeConv2d(x, kernel, { ...window, padding: { kind: 'EXPLICIT', padding } });
  }
  const around: [number, number] = [padding, padding];
  return unpaddedConv2d(tf.pad(x, [[0, 0], around, around, [0, 0]]), kernel, window);
}

/**
 * oneDNN's weight gradient of a strided 1×1 convolution writes past its workspace where there are fewer
 * input channels than its kernel's block, 16 with AVX-512 and 8 with AVX2 (oneDNN#6035): the process dies,
 * hangs, or goes on with a wrong gradient.
 */
const WIDEST_BLOCK = 16;

/**
 * A strided 1×1 convolution of few channels is the plain one of every `stride`-th pixel. Forward and
 * backward, 128 maps of 32×32×8 → 16, medians: 3.6 ms with oneDNN, where zeros up to 16 channels take 6.4;
 * without oneDNN 5.2, where the strided op takes 4.7.
 */
function unpaddedConv2d(x: Tensor, kernel: Tensor, window: Omit<Window, 'padding'>): Tensor {
  const [size = 1, , channels = 1] = kernel.shape;
  const padding = { kind: 'VALID' } as const;
  if (size === 1 && channels === x.shape[3] && isPointwiseAvoided()) {
    return pointwiseConv2d(subsample(x, window.stride), kernel);
  }
  if (size === 1 && window.stride > 1 && channels < WIDEST_BLOCK) {
    return nativeConv2d(subsample(x, window.stride), kernel, { ...window, stride: 1, padding });
  }
  return nativeConv2d(x, kernel, { ...window, padding });
}

/** A 1×1 convolution as the product of all pixels, [N · H · W, C], and the kernel, [C, O]. */
function pointwiseConv2d(x: Tensor, kernel: Tensor): Tensor {
  const [batch = 1, height = 1, width = 1, channels = 1] = x.shape;
  const outputs = kernel.shape[3] ?? 1;
  const product = matrixProduct(
    tf.reshape(x, [batch * height * width, channels]),
    tf.reshape(kernel, [channels, outputs]),
  );
  return tf.reshape(product, [batch, height, width, outputs]);
}

/** The symmetric padding that SAME amounts to, or undefined if it is lopsided. */
function samePadding(size: number, kernel: number, stride: number): number | undefined {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + kernel - size, 0);
  return total % 2 === 0 ? total / 2 : undefined;
}

/** Groups as separate convolutions over channel slices, where the native op has no gradient. */
function splitConv2d(x: Tensor, kernel: Tensor, options: ConvOptions): Tensor {
  const kernels = splitChannels(kernel, options.groups);
  const outputs = splitChannels(x, options.groups).map((input, index) => {
    const part = kernels[index];
    if (!part) throw new Error('conv2d has fewer kernel groups than input groups.');
    return conv2d(input, part, { ...options, groups: 1 });
  });
  return tf.concat(outputs, 3);
}

function splitChannels(x: Tensor, parts: number): Tensor[] {
  return tf.split(x, parts, 3);
}

/**
 * Dilation where the native op has no gradient: the map is taken apart into the d² maps of every d-th
 * row and column, each is convolved without dilation, and the results are put together again.
 */
function spacedConv2d(x: Tensor, kernel: Tensor, options: ConvOptions): Tensor {
  const { padding, dilation: block = 1 } = options;
  const [, height = 1, width = 1] = x.shape;
  const along = (pixels: number): { before: [number, number]; crop: [number, number] } => {
    const padded = pixels + 2 * padding;
    const extra = (block - (padded % block)) % block;
    return {
      before: [padding, padding + extra],
      crop: [0, extra],
    };
  };
  const rows = along(height);
  const columns = along(width);
  const parts = spaceToBatch(x, block, [rows.before, columns.before]);
  const window: Window = { stride: 1, dilation: 1, padding: { kind: 'VALID' } };
  return batchToSpace(nativeConv2d(parts, kernel, window), block, [rows.crop, columns.crop]);
}

type Borders = readonly [[number, number], [number, number]];

function spaceToBatch(x: Tensor, block: number, paddings: Borders): Tensor {
  return attachGradient({
    inputs: [x],
    output: rearranged('SpaceToBatchND', x, { block, borders: paddings }),
    saved: [],
    backward: (dy) => [rearranged('BatchToSpaceND', dy, { block, borders: paddings })],
  });
}

function batchToSpace(x: Tensor, block: number, crops: Borders): Tensor {
  return attachGradient({
    inputs: [x],
    output: rearranged('BatchToSpaceND', x, { block, borders: crops }),
    saved: [],
    backward: (dy) => [rearranged('SpaceToBatchND', dy, { block, borders: crops })],
  });
}

function rearranged(
  name: 'SpaceToBatchND' | 'BatchToSpaceND',
  x: Tensor,
  { block, borders }: { readonly block: number; readonly borders: Borders },
): Tensor {
  const integer = type('int32');
  const attributes = {
    T: type('float32'),
    Tblock_shape: integer,
    [name === 'SpaceToBatchND' ? 'Tpaddings' : 'Tcrops']: integer,
  };
  return op(name, attributes, [
    x,
    tf.tensor1d([block, block], 'int32'),
    tf.tensor2d(borders.flat(), [2, 2], 'int32'),
  ]);
}
