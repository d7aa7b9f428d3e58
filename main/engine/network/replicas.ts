// A call on several devices: what each replica gets of the feeds, and what the replicas say together. Each has its
// part of the batch, its own seed and its own batch statistics, as a micro batch has; weights are on the first device.
import { NORM_MOMENTUM } from '../ops/batch-norm.ts';
import { onHost, onReplica } from '../recording/placement.ts';
import type { FunctionInputs } from '../recording/program.ts';
import { declareConstant } from '../recording/recorder.ts';
import { int, op, runOp, type } from '../tensorflow/op.ts';
import { tf, type Tensor } from '../tensorflow/library.ts';
import { tensorAt } from './tensor-at.ts';

export const replicasOf = ({ replicas = 1 }: { readonly replicas?: number }): number => replicas;

/** What `part` makes of each replica's share of the inputs, on its device. */
export function onEachReplica<T>(
  options: { readonly replicas?: number; readonly batch: number },
  inputs: FunctionInputs,
  part: (inputs: FunctionInputs) => T,
): [T, ...T[]] {
  const count = replicasOf(options);
  const share = (index: number): T =>
    onReplica(index, () => part(count === 1 ? inputs : shareOf(inputs, index, options)));
  return [share(0), ...Array.from({ length: count - 1 }, (_, index) => share(index + 1))];
}

/** Feeds with an example or a seed a row; the others are the same for all. */
const BY_EXAMPLE: readonly string[] = ['indices', 'images', 'labels', 'valid'];

function shareOf(
  inputs: FunctionInputs,
  index: number,
  { batch, replicas }: { readonly replicas?: number; readonly batch: number },
): FunctionInputs {
  const rows = batch / (replicas ?? 1);
  return {
    state: inputs.state,
    feed: (name) => {
      const whole = inputs.feed(name);
      if (name === 'seed') return onHost(() => tf.reshape(rowsOf(whole, index, 1), [2]));
      if (!BY_EXAMPLE.includes(name)) return whole;
      return onHost(() => rowsOf(whole, index * rows, rows, name === 'images'));
    },
  };
}

/** tfjs takes uint8 handles for int32, so its own slice would name the wrong type. */
function rowsOf(whole: Tensor, start: number, count: number, isBytes = false): Tensor {
  const begin = whole.shape.map((_, axis) => (axis === 0 ? start : 0));
  const size = [count, ...whole.shape.slice(1)];
  if (!isBytes) return tf.slice(whole, begin, size);
  return op('Slice', { T: type('uint8'), Index: type('int32') }, [
    whole,
    tf.tensor1d(begin, 'int32'),
    tf.tensor1d(size, 'int32'),
  ]);
}

/** Each replica's tensors, in one order → their means, on the first device. */
export function meanTensors(replicas: readonly (readonly Tensor[])[]): Tensor[] {
  if (replicas.length === 1) return [...(replicas[0] ?? [])];
  const share = 1 / replicas.length;
  return joined(
    replicas.map((tensors, replica) => ({ tensors, replica })),
    ([first, ...others]) =>
      tf.mul(
        others.reduce((sum, next) => tf.add(sum, next), first),
        share,
      ),
  );
}

/**
 * Running statistics after the parts of all replicas, as if these had come one after the other: each began with the
 * same s and found s′ = (1 − m) s + m b, so what the others made of it, t, becomes (1 − m) t + (s′ − (1 − m) s).
 */
export function chainedStatistics(
  old: readonly Tensor[],
  replicas: readonly (readonly Tensor[])[],
): Tensor[] {
  if (replicas.length === 1) return [...(replicas[0] ?? [])];
  const keep = 1 - NORM_MOMENTUM;
  const found = replicas.map((tensors, replica) => ({ tensors, replica }));
  return joined([{ tensors: old, replica: 0 }, ...found], ([start, first, ...others]) => {
    if (!first) throw new Error('There are no statistics to join.');
    const kept = tf.mul(start, keep);
    return others.reduce((sum, next) => tf.add(tf.mul(sum, keep), tf.sub(next, kept)), first);
  });
}

/** √Σ‖·‖² / count of the parts' norms: ‖dL/dx‖ of a batch whose loss is the mean of its parts'. */
export function jointInputNorms(replicas: readonly Tensor[]): Tensor {
  if (replicas.length === 1 && replicas[0]) return replicas[0];
  const squares = tf.sum(tf.square(tf.stack([...replicas])), 0);
  return tf.mul(tf.sqrt(squares), 1 / replicas.length);
}

/** The root mean square of the parts' deviations, each part having been normalized by itself. */
export function jointDeviations(replicas: readonly Tensor[]): Tensor {
  if (replicas.length === 1 && replicas[0]) return replicas[0];
  return tf.sqrt(tf.mean(tf.square(tf.stack([...replicas])), 0));
}

interface ReplicaTensors {
  readonly tensors: readonly Tensor[];
  readonly replica: number;
}

/**
 * Applies `join` to what has the same place in every list. Vectors are joined as one, and cross to the first device
 * in one piece: a deep network has hundreds of short ones.
 */
function joined(
  lists: readonly ReplicaTensors[],
  join: (each: readonly [Tensor, ...Tensor[]]) => Tensor,
): Tensor[] {
  const [first] = lists;
  if (!first) throw new Error('There are no replicas to join.');
  const isVector = ({ shape }: Tensor): boolean => shape.length === 1;
  const vectors = first.tensors.filter(isVector);
  const together = lists.flatMap(({ tensors, replica }) => {
    const own = tensors.filter(isVector);
    return own.length === 0 ? [] : [onReplica(replica, () => tf.concat(own, 0))];
  });
  const parts = vectors.length === 0 ? [] : apart(join(atLeastOne(together)), vectors);
  return first.tensors.map((tensor, place) => {
    const part = parts[vectors.indexOf(tensor)];
    return part ?? join(atLeastOne(lists.map(({ tensors }) => tensorAt(tensors, place))));
  });
}

/** A vector in pieces as long as these. */
function apart(whole: Tensor, pieces: readonly Tensor[]): Tensor[] {
  const sizes = declareConstant(Int32Array.from(pieces, ({ size }) => size));
  return runOp(
    'SplitV',
    { num_split: int(pieces.length), T: type('float32'), Tlen: type('int32') },
    [whole, tf.tensor1d(sizes, 'int32'), tf.scalar(0, 'int32')],
    pieces.length,
  );
}

function atLeastOne(tensors: readonly Tensor[]): [Tensor, ...Tensor[]] {
  const [first, ...others] = tensors;
  if (!first) throw new Error('There are no tensors to join.');
  return [first, ...others];
}
