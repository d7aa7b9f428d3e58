// From stored uint8 images to the network's float input, in the graph: crop, flip, normalize.
// Image bytes stay in host memory; what reaches the device is the finished batch.
import { tf, type Rank, type Tensor } from '../tensorflow/library.ts';
import { declareConstant } from '../recording/recorder.ts';
import { onHost } from '../recording/placement.ts';
import { int, op, type } from '../tensorflow/op.ts';
import { saltedSeed, uniformBelow } from './random.ts';

/** Per-channel mean and standard deviation of pixels scaled to [0, 1]. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  /**
   * [H, W, C], of pixels scaled to [0, 1]: subtracted instead of the channels' means, at the places that
   * an image's pixels come from. It moves with them, so that padding is 0 as everywhere.
   */
  readonly meanImage?: Float32Array | undefined;
}

export interface Augmentation {
  /** Zeros around the image before a random crop of its own size (He et al. 2015: 4). */
  readonly pad: number;
  /** Mirror left–right with probability ½. */
  readonly flip: boolean;
}

/** Rows of a resident dataset: images [D, H, W, C] uint8, indices [N] int32 → [N, H, W, C] uint8. */
export function gatherImages(images: Tensor, indices: Tensor): Tensor {
  return onHost(() => gather(images, indices, 'uint8'));
}

/** labels [D] int32, indices [N] int32 → [N] int32. */
export function gatherLabels(labels: Tensor, indices: Tensor): Tensor {
  return onHost(() => gather(labels, indices, 'int32'));
}

/**
 * [N, H, W, C] uint8 → float32, (pixel / 255 − mean) / deviation. `places` [N, H, W] int32 says where in
 * its image, counted row by row, a pixel comes from; left out, they are where they were.
 */
export function normalize(images: Tensor, normalization: Normalization, places?: Tensor): Tensor {
  const scale = normalization.deviation.map((deviation) => 1 / (255 * deviation));
  const shift = normalization.mean.map((mean, c) => -mean / (normalization.deviation[c] ?? 1));
  const vector = (values: number[]): Tensor =>
    tf.tensor1d(declareConstant(new Float32Array(values)), 'float32');
  const pixels = op('Cast', { SrcT: type('uint8'), DstT: type('float32') }, [images]);
  const scaled = tf.mul(pixels, vector(scale));
  const { meanImage, deviation } = normalization;
  if (meanImage === undefined) return tf.add(scaled, vector(shift));
  const mean = pictureTensor(meanImage, images.shape);
  const subtracted = tf.div(mean, vector([...deviation]));
  if (places !== undefined) return tf.sub(scaled, gather(subtracted, places, 'float32'));
  return tf.sub(scaled, tf.reshape(subtracted, [1, ...images.shape.slice(1)]));
}

/** [H, W, C] values for images [N, H, W, C], as a constant [H · W, C]. */
export function pictureTensor(values: Float32Array, shape: readonly number[]): Tensor {
  const [, height = 1, width = 1, channels = 1] = shape;
  return tf.tensor2d(declareConstant(values), [height * width, channels], 'float32');
}

/**
 * Pad, crop at random, flip at random, normalize. Padding is zero after normalization, as in the
 * paper, where the mean is subtracted first. One gather moves every pixel straight to its place.
 *
 * @param images [N, H, W, C] uint8
 * @param seed [2] int32; the same seed gives the same crops and flips
 */
export function augmentAndNormalize(
  images: Tensor,
  augmentation: Augmentation,
  options: { normalization: Normalization; seed: Tensor },
): Tensor {
  const { pad, flip } = augmentation;
  if (pad === 0 && !flip) return normalize(images, options.normalization);
  const [batch = 1, height = 1, width = 1, channels = 1] = images.shape;
  const { moved, places, inside } = onHost((): Moved => {
    const offset = (axis: string): Tensor<Rank.R2> =>
      pad === 0
        ? tf.zeros<Rank.R2>([batch, 1], 'int32')
        : tf.sub(
            uniformBelow(2 * pad + 1, [batch, 1], saltedSeed(options.seed, `crop ${axis}`)),
            tf.scalar(pad, 'int32'),
          );
    const rows = tf.add(range(height), offset('rows')); // [N, H]
    const along = range(width); // [1, W]
    const mirrored = flip
      ? flipColumns(along, uniformBelow(2, [batch, 1], saltedSeed(options.seed, 'flip')), width)
      : along;
    const columns = tf.add(mirrored, offset('columns')); // [N, W]
    const inRows = tf.expandDims(isBetween(rows, height), 2); // [N, H, 1]
    const inColumns = tf.expandDims(isBetween(columns, width), 1); // [N, 1, W]
    const start = tf.mul(tf.reshape(range(batch), [batch, 1, 1]), scalar(height * width));
    const row = tf.mul(tf.expandDims(clamp(rows, height), 2), scalar(width));
    const column = tf.expandDims(clamp(columns, width), 1);
    const places = tf.add(row, column); // [N, H, W]
    const flat = tf.add(start, places);
    return {
      places,
      moved: gather(reshapeBytes(images, [batch * height * width, channels]), flat, 'uint8'),
      inside: tf.expandDims(tf.cast(tf.logicalAnd(inRows, inColumns), 'float32'), 3),
    };
  });
  const normalized = normalize(moved, options.normalization, places);
  return pad === 0 ? normalized : tf.mul(normalized, inside);
}

interface Moved {
  /** [N, H, W, C] uint8 */
  readonly moved: Tensor;
  /** Where in its image a pixel comes from, counted row by row: [N, H, W] int32. */
  readonly places: Tensor;
  /** 0 where it comes from outside: [N, H, W, 1]. */
  readonly inside: Tensor;
}

function flipColumns(columns: Tensor, flips: Tensor, width: number): Tensor {
  // flip ? width − 1 − j : j, without a select: j + flip · (width − 1 − 2j)
  const reach = tf.sub(scalar(width - 1), tf.mul(columns, scalar(2)));
  return tf.add(columns, tf.mul(flips, reach));
}

function scalar(value: number): Tensor {
  return tf.scalar(value, 'int32');
}

/** [1, size]: 0, 1, …, size − 1. */
function range(size: number): Tensor {
  const values = declareConstant(Int32Array.from({ length: size }, (_, index) => index));
  return tf.tensor2d(values, [1, size], 'int32');
}

function isBetween(positions: Tensor, size: number): Tensor {
  return tf.logicalAnd(tf.greaterEqual(positions, scalar(0)), tf.less(positions, scalar(size)));
}

function clamp(positions: Tensor, size: number): Tensor {
  return tf.minimum(tf.maximum(positions, scalar(0)), scalar(size - 1));
}

function gather(data: Tensor, indices: Tensor, elements: 'uint8' | 'int32' | 'float32'): Tensor {
  const attributes = {
    Tparams: type(elements),
    Tindices: type('int32'),
    Taxis: type('int32'),
    batch_dims: int(0),
  };
  return op('GatherV2', attributes, [data, indices, scalar(0)]);
}

/** tfjs takes uint8 handles for int32, so its own reshape would name the wrong type. */
function reshapeBytes(images: Tensor, shape: number[]): Tensor {
  return op('Reshape', { T: type('uint8'), Tshape: type('int32') }, [
    images,
    tf.tensor1d(shape, 'int32'),
  ]);
}
