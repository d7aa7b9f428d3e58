// The gradient at the input by chosen paths: the whole network forward; backward through the branch of the
// blocks of a path and through the shortcut of the others (Veit et al. 2016, section 4.2).
import type { Program } from '../../engine/recording/program.ts';
import { tf, type Tensor } from '../../engine/tensorflow/library.ts';
import type { ProbedNetwork } from '../probe/context.ts';
import type { ImageBatch } from '../probe/images.ts';
import {
  floatsOf,
  imageFeeds,
  inputOf,
  lossesOf,
  openProbe,
  probedLogits,
} from '../probe/probe-program.ts';

/** Smaller than any norm that float32 can tell from 0. */
const TINY = 1e-38;

export class PathGradients {
  private readonly program: Program;

  /** `size`: of every batch. */
  constructor(network: ProbedNetwork, size: number) {
    const { plan } = network;
    this.program = openProbe(network, [
      {
        name: 'paths',
        feeds: [
          ...imageFeeds(network, size),
          { name: 'paths', type: 'float32', shape: [size, plan.blocks.length] },
        ],
        body: (inputs) => {
          const labels = inputs.feed('labels');
          const paths = inputs.feed('paths');
          const gradient = tf.grad((x: Tensor): Tensor => {
            const probe = { norm: 'running', paths } as const;
            return tf.sum(lossesOf(network, probedLogits(network, x, { inputs, probe }), labels));
          })(inputOf(network, inputs));
          return { outputs: { norms: normsOf(gradient) } };
        },
      },
    ]);
  }

  /**
   * ‖dL/dx‖ of each example of the batch, x its normalized pixels and L its own loss.
   * @param paths [N, blocks] row-major: 1 where the example's path takes the branch
   */
  norms(batch: ImageBatch, paths: Float32Array): Float32Array {
    const { images, labels, valid } = batch;
    const feeds = { images, labels, valid, paths };
    return floatsOf(
      this.program.run('paths', { feeds, outputs: ['norms'], update: false }),
      'norms',
    );
  }

  dispose(): void {
    this.program.dispose();
  }
}

/** [N, …] → [N]; the squares of what long paths leave would be too small for float32. */
function normsOf(gradient: Tensor): Tensor {
  const flat = tf.reshape(gradient, [gradient.shape[0], -1]);
  const largest = tf.maximum(tf.max(tf.abs(flat), 1, true), TINY);
  const squares = tf.sum(tf.square(tf.div(flat, largest)), 1);
  return tf.mul(tf.sqrt(squares), tf.reshape(largest, [-1]));
}
