// Colour changes of image batches: x [N, H, W, C] float32 in [0, 1], strengths [N, 1, 1, 1]. One batch
// in, one out, still in [0, 1]; nothing here is random.
import { tf, type Rank, type Tensor } from '../tensorflow/library.ts';
import { declareConstant } from '../recording/recorder.ts';

/** ITU-R 601, as in every image library. */
const LUMA = [0.299, 0.587, 0.114];
/** NTSC's colour plane (YIQ): its rotation turns the hue and leaves the luma. */
const RGB_TO_I = [0.596, -0.274, -0.322];
const RGB_TO_Q = [0.211, -0.523, 0.312];
const I_TO_RGB = [0.956, -0.272, -1.106];
const Q_TO_RGB = [0.621, -0.647, 1.703];

function channelVector(values: readonly number[]): Tensor {
  return tf.tensor1d(declareConstant(new Float32Array(values)), 'float32');
}

function isColour(x: Tensor): boolean {
  return x.shape[3] === 3;
}

/** Σ weight · channel: [N, H, W, 3] → [N, H, W, 1]. */
function mixedChannels(x: Tensor, weights: readonly number[]): Tensor {
  return tf.sum(tf.mul(x, channelVector(weights)), 3, true);
}

function luma(x: Tensor): Tensor {
  return isColour(x) ? mixedChannels(x, LUMA) : x;
}

export function clipped(x: Tensor): Tensor {
  return tf.minimum(tf.maximum(x, 0), 1);
}

/** from + factor · (x − from) */
function blended(from: Tensor, x: Tensor, factor: Tensor): Tensor {
  return clipped(tf.add(from, tf.mul(tf.sub(x, from), factor)));
}

/** factor 1 changes nothing, 0 is black. */
export function withBrightness(x: Tensor, factor: Tensor): Tensor {
  return clipped(tf.mul(x, factor));
}

/** factor 0 is the image's mean grey. */
export function withContrast(x: Tensor, factor: Tensor): Tensor {
  return blended(tf.mean(luma(x), [1, 2, 3], true), x, factor);
}

/** factor 0 is the image in grey; grey images stay as they are. */
export function withSaturation(x: Tensor, factor: Tensor): Tensor {
  return isColour(x) ? blended(luma(x), x, factor) : x;
}

/** Turned by `angle` radians. */
export function withHue(x: Tensor, angle: Tensor): Tensor {
  if (!isColour(x)) return x;
  const i = mixedChannels(x, RGB_TO_I);
  const q = mixedChannels(x, RGB_TO_Q);
  const [cosine, sine] = [tf.cos(angle), tf.sin(angle)];
  const turnedI = tf.sub(tf.mul(i, cosine), tf.mul(q, sine));
  const turnedQ = tf.add(tf.mul(i, sine), tf.mul(q, cosine));
  const colour = tf.add(
    tf.mul(turnedI, channelVector(I_TO_RGB)),
    tf.mul(turnedQ, channelVector(Q_TO_RGB)),
  );
  return clipped(tf.add(luma(x), colour));
}

/** Keeps the highest `bits` of 8. */
export function posterized(x: Tensor, bits: number): Tensor {
  const step = 2 ** (8 - bits);
  // To the nearest byte first: 128 / 255 · 255 may come out below 128.
  const bytes = tf.floor(tf.add(tf.mul(x, 255), 0.5));
  return tf.mul(tf.floor(tf.mul(bytes, 1 / step)), step / 255);
}

/** What a sum of interpolated pixels may be off by; far below a byte's step. */
const ROUNDING = 1e-5;

/** Inverts what is at least as bright as the threshold. */
export function solarized(x: Tensor, threshold: number): Tensor {
  const isBright = tf.cast(tf.greaterEqual(x, threshold - ROUNDING), 'float32');
  return tf.add(x, tf.mul(isBright, tf.sub(1, tf.mul(x, 2))));
}

/** Each channel is stretched to the whole range; a constant one stays. */
export function stretched(x: Tensor): Tensor {
  const low = tf.min(x, [1, 2], true);
  const range = tf.sub(tf.max(x, [1, 2], true), low);
  // Half a byte's step: a range of one level is stretched too.
  const least = 0.5 / 255;
  const isConstant = tf.cast(tf.less(range, least), 'float32');
  const spread = tf.div(tf.sub(x, low), tf.maximum(range, least));
  return tf.add(tf.mul(isConstant, x), tf.mul(tf.sub(1, isConstant), spread));
}

/**
 * factor 1 changes nothing, 0 smooths (the middle pixel five times, its eight neighbours once), more
 * than 1 sharpens. The outermost pixels stay, as in PIL.
 */
export function withSharpness(x: Tensor, factor: Tensor): Tensor {
  const [, height = 1, width = 1] = x.shape;
  if (height <= 2 || width <= 2) return x;
  const mean = tf.avgPool(x as Tensor<Rank.R4>, 3, 1, 'valid'); // of all nine
  const inner = tf.slice(x, [0, 1, 1, 0], [-1, height - 2, width - 2, -1]);
  // (9 · mean + 4 · x) / 13 − x
  const towardsSmooth = tf.mul(tf.sub(mean, inner), 9 / 13);
  const change = tf.pad(towardsSmooth, [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ]);
  return clipped(tf.add(x, tf.mul(change, tf.sub(1, factor))));
}
