// Random numbers inside a graph: TensorFlow's stateless ops, a pure function of a fed seed and a
// salt per use, so that a step can be repeated exactly and a recording holds no frozen randomness.
import { hashText } from '../../../shared/rng.ts';
import { tf, type Tensor } from '../tensorflow/library.ts';
import { op, type } from '../tensorflow/op.ts';

/** The seed for one use: seed [2] int32 plus a salt derived from the use's name. */
export function saltedSeed(seed: Tensor, use: string): Tensor {
  return tf.add(seed, tf.tensor1d([hashText(use) | 0, 0], 'int32'));
}

/** Uniform in [0, 1). seed: [2] int32. */
export function uniform(shape: readonly number[], seed: Tensor): Tensor {
  return op(
    'StatelessRandomUniform',
    { T: type('int32'), Tseed: type('int32'), dtype: type('float32') },
    [tf.tensor1d([...shape], 'int32'), seed],
  );
}

/** Standard normal. seed: [2] int32. */
export function normal(shape: readonly number[], seed: Tensor): Tensor {
  return op(
    'StatelessRandomNormal',
    { T: type('int32'), Tseed: type('int32'), dtype: type('float32') },
    [tf.tensor1d([...shape], 'int32'), seed],
  );
}

/** Uniform integers in [0, bound). seed: [2] int32. */
export function uniformBelow(bound: number, shape: readonly number[], seed: Tensor): Tensor {
  return op(
    'StatelessRandomUniformInt',
    { T: type('int32'), Tseed: type('int32'), dtype: type('int32') },
    [tf.tensor1d([...shape], 'int32'), seed, tf.scalar(0, 'int32'), tf.scalar(bound, 'int32')],
  );
}
