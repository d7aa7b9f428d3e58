// Histogram equalization of image batches, each channel of each image by itself: PIL's scheme, which
// torchvision's is too, in integers, so that every device counts the same. Nothing here is random.
import { tf, type Tensor } from '../tensorflow/library.ts';
import { declareConstant } from '../recording/recorder.ts';
import { onHost } from '../recording/placement.ts';
import { bool, int, op, type } from '../tensorflow/op.ts';

const LEVELS = 256;

/** x [N, H, W, C] float32 in [0, 1], brought to the 256 levels of a byte first; the same shape out. */
export function equalized(x: Tensor): Tensor {
  const [batch = 1, , , channels = 1] = x.shape;
  const histograms = batch * channels;
  const bytes = tf.cast(tf.floor(tf.add(tf.mul(x, LEVELS - 1), 0.5)), 'int32');
  // Each pixel counts in its own histogram: [N, H, W, C], places in [N · C · 256].
  const first = Int32Array.from({ length: histograms }, (_, i) => i * LEVELS);
  const starts = tf.tensor4d(declareConstant(first), [batch, 1, 1, channels], 'int32');
  const places = tf.add(bytes, starts);
  // Pinned to the host: a GPU counts with atomic operations, or says that it has no deterministic way to.
  const table = onHost(() => {
    const counts = tf.reshape(
      op('DenseBincount', { Tidx: type('int32'), T: type('int32'), binary_output: bool(false) }, [
        tf.reshape(places, [-1]),
        integer(histograms * LEVELS),
        tf.tensor1d([], 'int32'),
      ]),
      [histograms, LEVELS],
    );
    return newLevels(counts);
  });
  return op(
    'GatherV2',
    { Tparams: type('float32'), Tindices: type('int32'), Taxis: type('int32'), batch_dims: int(0) },
    [tf.reshape(table, [-1]), places, integer(0)],
  );
}

/** counts [M, 256] int32 → what each level becomes, in [0, 1]. */
function newLevels(counts: Tensor): Tensor {
  // Pixels darker than each level.
  const darker = tf.cumsum(counts, 1, true);
  const isUsed = tf.minimum(counts, integer(1));
  // What is not of the brightest level that occurs, in 255 equal parts.
  const others = tf.max(tf.mul(darker, isUsed), 1, true);
  const step = tf.floorDiv(others, integer(LEVELS - 1));
  const half = tf.floorDiv(step, integer(2));
  const spread = tf.floorDiv(tf.add(darker, half), tf.maximum(step, integer(1)));
  const own = Int32Array.from({ length: LEVELS }, (_, level) => level);
  const unchanged = tf.tensor2d(declareConstant(own), [1, LEVELS], 'int32');
  // With fewer than 255 pixels to spread there is nothing to equalize.
  const isSpread = tf.greater(step, integer(0)); // [M, 1]
  const chosen = op('SelectV2', { T: type('int32') }, [
    isSpread,
    tf.minimum(spread, integer(LEVELS - 1)),
    unchanged,
  ]);
  return tf.mul(tf.cast(chosen, 'float32'), 1 / (LEVELS - 1));
}

function integer(value: number): Tensor {
  return tf.scalar(value, 'int32');
}
