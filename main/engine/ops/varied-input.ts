// The composed augmentation: crop, flip, RandAugment, colour jitter, cutout and mixing in one graph, all
// from the step's seed. Resident and streamed steps share it, so they see the same images.
import type { ComposedAugmentation } from '../../../shared/spec/augmentation.ts';
import { tf, type Tensor } from '../tensorflow/library.ts';
import { declareConstant } from '../recording/recorder.ts';
import { onHost } from '../recording/placement.ts';
import {
  posterized,
  solarized,
  stretched,
  withBrightness,
  withContrast,
  withHue,
  withSaturation,
  withSharpness,
} from './colour.ts';
import { equalized } from './equalize.ts';
import { pictureTensor, type Normalization } from './input.ts';
import { op, type } from '../tensorflow/op.ts';
import { composed, samplerOf, type AffineMap } from './sampling.ts';
import { saltedSeed, uniform, uniformBelow } from './random.ts';

interface Context {
  readonly augmentation: ComposedAugmentation;
  readonly seed: Tensor;
  readonly batch: number;
  readonly height: number;
  readonly width: number;
}

/**
 * Everything but mixing: images [N, H, W, C] uint8 → normalized [N, H, W, C] float32. What a crop or a
 * turn uncovers is the mean, so 0 after normalization.
 */
export function varyAndNormalize(
  images: Tensor,
  augmentation: ComposedAugmentation,
  { normalization, seed }: { normalization: Normalization; seed: Tensor },
): Tensor {
  const [batch = 1, height = 1, width = 1] = images.shape;
  const context: Context = { augmentation, seed, batch, height, width };
  const choices = operationChoices(context);
  const map = onHost(() =>
    choices.reduce(
      (outer, choice) => composed(outer, turnOf(choice, context)),
      cropAndFlip(context),
    ),
  );
  const sampler = samplerOf(map, images.shape);
  let x = sampler.images(images, normalization.mean);
  x = jittered(x, context);
  for (const choice of choices) x = recoloured(x, choice, context);
  const { mean, deviation, meanImage } = normalization;
  const subtracted =
    meanImage === undefined
      ? channels(mean)
      : sampler.picture(pictureTensor(meanImage, images.shape), mean);
  const normalized = tf.div(tf.sub(x, subtracted), channels(deviation));
  return augmentation.cutout === 0 ? normalized : tf.mul(normalized, outsideOfHole(context));
}

function channels(values: readonly number[]): Tensor {
  return tf.tensor1d(declareConstant(new Float32Array(values)), 'float32');
}

/** [N, 1, 1] uniform in [low, high). */
function between(low: number, high: number, use: string, { batch, seed }: Context): Tensor {
  return tf.add(tf.mul(uniform([batch, 1, 1], saltedSeed(seed, use)), high - low), low);
}

/** [N, 1, 1]: −1 or 1. */
function sign(use: string, { batch, seed }: Context): Tensor {
  const bit = tf.cast(uniformBelow(2, [batch, 1, 1], saltedSeed(seed, use)), 'float32');
  return tf.sub(tf.mul(bit, 2), 1);
}

function cropAndFlip(context: Context): AffineMap {
  const { augmentation, batch, height, width, seed } = context;
  const zero = tf.zeros([batch, 1, 1]);
  const one = tf.ones([batch, 1, 1]);
  let crop: AffineMap = { xx: one, xy: zero, x0: zero, yx: zero, yy: one, y0: zero };
  if (augmentation.crop === 'pad' && augmentation.pad > 0) {
    const { pad } = augmentation;
    const shift = (axis: string): Tensor => {
      const places = uniformBelow(2 * pad + 1, [batch, 1, 1], saltedSeed(seed, `crop ${axis}`));
      return tf.sub(tf.cast(places, 'float32'), pad);
    };
    crop = { ...crop, x0: shift('columns'), y0: shift('rows') };
  } else if (augmentation.crop === 'resized') {
    const area = between(augmentation.minArea, 1, 'crop area', context);
    const reach = -Math.log(augmentation.minAspect);
    const aspect = tf.exp(between(-reach, reach, 'crop aspect', context));
    const shareX = tf.minimum(tf.sqrt(tf.mul(area, aspect)), 1);
    const shareY = tf.minimum(tf.sqrt(tf.div(area, aspect)), 1);
    const place = (share: Tensor, size: number, axis: string): Tensor =>
      tf.mul(tf.mul(tf.sub(1, share), size / 2), between(-1, 1, `crop ${axis}`, context));
    crop = {
      ...crop,
      xx: shareX,
      yy: shareY,
      x0: place(shareX, width, 'columns'),
      y0: place(shareY, height, 'rows'),
    };
  }
  if (!augmentation.flip) return crop;
  return composed(crop, {
    xx: tf.neg(sign('flip', context)),
    xy: zero,
    x0: zero,
    yx: zero,
    yy: one,
    y0: zero,
  });
}

/**
 * RandAugment's fourteen operations (Cubuk et al. 2020, arXiv 1909.13719, figure 2; its color is our
 * saturation, its autoContrast our stretch); each image and layer draws one, uniformly. Those that move
 * pixels come before those that change colours, so that an image is interpolated once.
 */
const OPERATIONS = [
  'identity',
  'rotate',
  'shear-x',
  'shear-y',
  'translate-x',
  'translate-y',
  'brightness',
  'saturation',
  'contrast',
  'posterize',
  'solarize',
  'stretch',
  'equalize',
  'sharpness',
] as const;
type Operation = (typeof OPERATIONS)[number];

/** What one layer drew for each image. */
interface Choice {
  /** [N, 1, 1] float32: 1 where the operation was drawn. */
  readonly is: (operation: Operation) => Tensor;
  /** [N, 1, 1]: −1 or 1. */
  readonly direction: Tensor;
}

function operationChoices(context: Context): Choice[] {
  const { augmentation, batch, seed } = context;
  return Array.from({ length: augmentation.randomOperations }, (_, layer) => {
    const drawn = onHost(() =>
      uniformBelow(OPERATIONS.length, [batch, 1, 1], saltedSeed(seed, `operation ${layer}`)),
    );
    return {
      is: (operation) =>
        tf.cast(tf.equal(drawn, tf.scalar(OPERATIONS.indexOf(operation), 'int32')), 'float32'),
      direction: onHost(() => sign(`operation sign ${layer}`, context)),
    };
  });
}

/** At magnitude 10: the ranges of AutoAugment (arXiv 1805.09501, table 6), which shifts 331 by 150. */
const LARGEST_ANGLE = Math.PI / 6;
const LARGEST_SHEAR = 0.3;
const LARGEST_SHIFT = 150 / 331;
const LARGEST_FACTOR = 0.9;
const POSTERIZED_BITS = 4;

function turnOf({ is, direction }: Choice, { augmentation, width, height }: Context): AffineMap {
  const scale = augmentation.randomMagnitude / 10;
  const amount = (operation: Operation, largest: number): Tensor =>
    tf.mul(is(operation), tf.mul(direction, scale * largest));
  const angle = amount('rotate', LARGEST_ANGLE);
  const [cosine, sine] = [tf.cos(angle), tf.sin(angle)];
  return {
    xx: cosine,
    xy: tf.add(tf.neg(sine), amount('shear-x', LARGEST_SHEAR)),
    x0: amount('translate-x', LARGEST_SHIFT * width),
    yx: tf.add(sine, amount('shear-y', LARGEST_SHEAR)),
    yy: cosine,
    y0: amount('translate-y', LARGEST_SHIFT * height),
  };
}

/** The colour operations of one layer: each is computed for the batch, kept where it was drawn. */
function recoloured(x: Tensor, { is, direction }: Choice, { augmentation }: Context): Tensor {
  const scale = augmentation.randomMagnitude / 10;
  const factor = tf.expandDims(tf.add(1, tf.mul(direction, scale * LARGEST_FACTOR)), 3);
  const results: [Operation, Tensor][] = [
    ['brightness', withBrightness(x, factor)],
    ['saturation', withSaturation(x, factor)],
    ['contrast', withContrast(x, factor)],
    ['posterize', posterized(x, 8 - Math.round(scale * POSTERIZED_BITS))],
    ['solarize', solarized(x, 1 - scale)],
    ['stretch', stretched(x)],
    ['equalize', equalized(x)],
    ['sharpness', withSharpness(x, factor)],
  ];
  // Chosen, not summed up with weights of 0 and 1: TensorFlow makes one AddN of such a sum, which begins
  // with whichever input's memory is free by then, and the last bit would differ from time to time.
  return results.reduce((kept, [operation, y]) => {
    const isDrawn = tf.greater(tf.expandDims(is(operation), 3), 0.5);
    return op('SelectV2', { T: type('float32') }, [isDrawn, y, kept]);
  }, x);
}

/** Brightness, contrast, saturation, hue, in this order. */
function jittered(images: Tensor, context: Context): Tensor {
  const { brightness, contrast, saturation, hue } = context.augmentation;
  const factor = (strength: number, use: string): Tensor =>
    tf.expandDims(between(1 - strength, 1 + strength, use, context), 3);
  let x = images;
  if (brightness > 0) x = withBrightness(x, factor(brightness, 'brightness'));
  if (contrast > 0) x = withContrast(x, factor(contrast, 'contrast'));
  if (saturation > 0) x = withSaturation(x, factor(saturation, 'saturation'));
  if (hue > 0) {
    x = withHue(x, tf.expandDims(between(-hue * Math.PI, hue * Math.PI, 'hue', context), 3));
  }
  return x;
}

/** 0 in a square around a uniform place, cut off at the edges: [N, H, W, 1]. */
function outsideOfHole({ augmentation: { cutout }, batch, height, width, seed }: Context): Tensor {
  return onHost(() => {
    const along = (size: number, axis: string): Tensor => {
      const middle = uniformBelow(size, [batch, 1], saltedSeed(seed, `cutout ${axis}`));
      const first = tf.sub(middle, tf.scalar(cutout >> 1, 'int32'));
      const places = Int32Array.from({ length: size }, (_, i) => i);
      const from = tf.sub(tf.tensor2d(declareConstant(places), [1, size], 'int32'), first);
      return tf.cast(
        tf.logicalAnd(
          tf.greaterEqual(from, tf.scalar(0, 'int32')),
          tf.less(from, tf.scalar(cutout, 'int32')),
        ),
        'float32',
      );
    };
    const rows = tf.reshape(along(height, 'rows'), [batch, height, 1, 1]);
    const columns = tf.reshape(along(width, 'columns'), [batch, 1, width, 1]);
    return tf.sub(1, tf.mul(rows, columns));
  });
}
