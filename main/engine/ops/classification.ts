// Loss and accuracy of a classifier.
import { tf, type Tensor } from '../tensorflow/library.ts';
import { int, op, runOp, type } from '../tensorflow/op.ts';
import { attachGradient } from './gradient.ts';

/**
 * One-hot targets with label smoothing: 1 − ε + ε/K for the label, ε/K elsewhere
 * (Szegedy et al. 2016, arXiv 1512.00567, section 7). labels: [N] int32 → [N, K].
 */
export function smoothedTargets(labels: Tensor, classes: number, smoothing: number): Tensor {
  const off = smoothing / classes;
  return op('OneHot', { T: type('float32'), TI: type('int32'), axis: int(-1) }, [
    labels,
    tf.scalar(classes, 'int32'),
    tf.scalar(1 - smoothing + off),
    tf.scalar(off),
  ]);
}

/** Softmax cross-entropy of each example: logits, targets [N, K] → [N]. */
export function crossEntropy(logits: Tensor, targets: Tensor): Tensor {
  const [loss, slope] = runOp(
    'SoftmaxCrossEntropyWithLogits',
    { T: type('float32') },
    [logits, targets],
    2,
  );
  if (!loss || !slope) throw new Error('The cross-entropy op returned too few tensors.');
  return attachGradient({
    inputs: [logits],
    output: loss,
    saved: [slope],
    backward: (dy, [kept]) => {
      if (!kept) throw new Error('crossEntropy lost its saved tensor.');
      return [tf.mul(tf.expandDims(dy, 1), kept)];
    },
  });
}

/** The most likely class of each example: [N, K] → [N] int32. */
export function predictedClass(logits: Tensor): Tensor {
  return op('ArgMax', { T: type('float32'), Tidx: type('int32'), output_type: type('int32') }, [
    logits,
    tf.scalar(1, 'int32'),
  ]);
}

/** 1 where the label is the most likely class, else 0: [N] float32. */
export function isCorrect(logits: Tensor, labels: Tensor): Tensor {
  return tf.cast(tf.equal(predictedClass(logits), labels), 'float32');
}

/** 1 where the label is among the k most likely classes, else 0: [N] float32. */
export function isInTop(k: number, logits: Tensor, labels: Tensor): Tensor {
  const top = op('InTopKV2', { T: type('int32') }, [logits, labels, tf.scalar(k, 'int32')]);
  return tf.cast(top, 'float32');
}
