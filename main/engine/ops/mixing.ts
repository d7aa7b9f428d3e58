// Mixup (Zhang et al. 2018, arXiv 1710.09412) and cutmix (Yun et al. 2019, arXiv 1905.04899): each
// image is joined with the one before it in the batch, by a share of its own, and so are the targets.
import { tf, type Tensor } from '../tensorflow/library.ts';
import { declareConstant } from '../recording/recorder.ts';
import { onHost } from '../recording/placement.ts';
import { op, type } from '../tensorflow/op.ts';
import { saltedSeed, uniform } from './random.ts';

export interface Mixing {
  /** α of mixup's Beta(α, α); 0 leaves it out. */
  readonly mixup: number;
  /** α of cutmix. With both, every image has one of them, by the toss of a coin. */
  readonly cutmix: number;
}

export interface Mixed {
  /** [N, H, W, C] */
  readonly images: Tensor;
  /** The share of the image's own pixels: [N, 1]. */
  readonly share: Tensor;
}

/** images [N, H, W, C] float32; seed [2] int32. */
export function mixImages(images: Tensor, { mixup, cutmix }: Mixing, seed: Tensor): Mixed {
  const [batch = 1, height = 1, width = 1] = images.shape;
  const own = onHost((): Tensor => {
    const blend = (): Tensor =>
      tf.mul(
        tf.reshape(beta(mixup, batch, saltedSeed(seed, 'mixup')), [batch, 1, 1, 1]),
        tf.ones([1, height, width, 1]),
      );
    const paste = (): Tensor => outsideOfBox({ batch, height, width }, cutmix, seed);
    if (cutmix === 0) return blend();
    if (mixup === 0) return paste();
    const toss = uniform([batch, 1, 1, 1], saltedSeed(seed, 'mixup or cutmix'));
    const isMixup = tf.cast(tf.less(toss, 0.5), 'float32');
    return tf.add(tf.mul(isMixup, blend()), tf.mul(tf.sub(1, isMixup), paste()));
  });
  return {
    images: tf.add(tf.mul(images, own), tf.mul(partners(images), tf.sub(1, own))),
    share: tf.reshape(tf.mean(own, [1, 2, 3]), [batch, 1]),
  };
}

/** share · target + (1 − share) · the partner's: targets [N, K] → [N, K]. */
export function mixTargets(targets: Tensor, share: Tensor): Tensor {
  return tf.add(tf.mul(targets, share), tf.mul(partners(targets), tf.sub(1, share)));
}

/** The label with the larger share: labels [N] int32 → [N] int32. */
export function dominantLabels(labels: Tensor, share: Tensor): Tensor {
  const isOwn = tf.cast(tf.greaterEqual(tf.reshape(share, [-1]), 0.5), 'int32');
  const others = partners(labels);
  return tf.add(others, tf.mul(isOwn, tf.sub(labels, others)));
}

/** The example before each one; the last before the first. */
function partners(rows: Tensor): Tensor {
  const [batch = 1] = rows.shape;
  const before = Int32Array.from({ length: batch }, (_, n) => (n + batch - 1) % batch);
  return tf.gather(rows, tf.tensor1d(declareConstant(before), 'int32'));
}

/** Beta(α, α) as the share of one of two Gamma(α): [N]. */
function beta(alpha: number, count: number, seed: Tensor): Tensor {
  const gamma = (use: string): Tensor =>
    // Far below any share that matters; two zeros would give no number.
    tf.maximum(
      op(
        'StatelessRandomGammaV2',
        { T: type('int32'), Tseed: type('int32'), dtype: type('float32') },
        [tf.tensor1d([count], 'int32'), saltedSeed(seed, use), tf.scalar(alpha)],
      ),
      1e-30,
    );
  const first = gamma('first');
  return tf.div(first, tf.add(first, gamma('second')));
}

/** 0 in a box of about 1 − λ of the image, at a uniform place and cut off at the edges; 1 elsewhere. */
function outsideOfBox(
  { batch, height, width }: { batch: number; height: number; width: number },
  alpha: number,
  seed: Tensor,
): Tensor {
  const side = tf.sqrt(tf.sub(1, beta(alpha, batch, saltedSeed(seed, 'cutmix'))));
  const along = (size: number, axis: string): Tensor => {
    const half = tf.mul(tf.reshape(side, [batch, 1]), size / 2);
    const centre = tf.mul(uniform([batch, 1], saltedSeed(seed, `cutmix ${axis}`)), size);
    const places = Float32Array.from({ length: size }, (_, i) => i + 0.5);
    const distance = tf.abs(tf.sub(tf.tensor2d(declareConstant(places), [1, size]), centre));
    return tf.cast(tf.less(distance, half), 'float32'); // [N, size]
  };
  const rows = tf.reshape(along(height, 'rows'), [batch, height, 1, 1]);
  const columns = tf.reshape(along(width, 'columns'), [batch, 1, width, 1]);
  return tf.sub(1, tf.mul(rows, columns));
}
