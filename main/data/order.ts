// The order in which training sees the rows, as a pure function of (seed, step): an endless chain of
// one permutation per epoch. Position p = step · batch + i belongs to epoch e = ⌊p / count⌋ and shows
// row permutation(seed, e)[p mod count]. The cursor of a run is its step number, so resuming is exact.
import { createRng, shuffle } from '../../shared/rng.ts';
import { balancedEpoch } from './class-balance.ts';

/** The class of each row. */
export interface Balance {
  readonly labels: Int32Array;
  readonly classCount: number;
}

export interface OrderOptions {
  readonly count: number;
  readonly batch: number;
  readonly seed: number;
  /** Off: every epoch shows rows 0 … count - 1. */
  readonly shuffle: boolean;
  /** Show every class equally often: an epoch is still `count` rows, some again and some not. */
  readonly balance?: Balance | undefined;
}

export interface Order extends OrderOptions {
  /** The rows of a step; a batch may span two or more epochs. */
  indicesOf(step: number): Int32Array;
  /** The epoch that the first row of a step belongs to. */
  epochOf(step: number): number;
  /** How many steps begin before the given number of epochs has been seen. */
  stepsFor(epochs: number): number;
}

export function createOrder(options: OrderOptions): Order {
  const { count, batch, seed } = options;
  requirePositive('count', count);
  requirePositive('batch', batch);
  // Two are enough: batches that span epochs alternate between the current and the next.
  const cached = new Map<number, Int32Array>();
  const permutation = (epoch: number): Int32Array => {
    const known = cached.get(epoch);
    if (known !== undefined) return known;
    for (const old of cached.keys()) if (old !== epoch - 1 && old !== epoch + 1) cached.delete(old);
    const fresh = options.balance
      ? balancedEpoch(options.balance.labels, options.balance.classCount, { seed, epoch })
      : permutationOf(count, seed, epoch);
    cached.set(epoch, fresh);
    return fresh;
  };
  return {
    ...options,
    indicesOf: (step) => {
      const indices = new Int32Array(batch);
      let position = step * batch;
      let filled = 0;
      while (filled < batch) {
        const epoch = Math.floor(position / count);
        const start = position - epoch * count;
        const taken = Math.min(batch - filled, count - start);
        if (options.shuffle || options.balance) {
          indices.set(permutation(epoch).subarray(start, start + taken), filled);
        } else {
          for (let i = 0; i < taken; i++) indices[filled + i] = start + i;
        }
        filled += taken;
        position += taken;
      }
      return indices;
    },
    epochOf: (step) => Math.floor((step * batch) / count),
    stepsFor: (epochs) => Math.ceil((epochs * count) / batch),
  };
}

/** The permutation of one epoch, independent of all others. */
export function permutationOf(count: number, seed: number, epoch: number): Int32Array {
  const rows = Int32Array.from({ length: count }, (_, i) => i);
  return shuffle(rows, createRng(seed, 'order', epoch));
}

function requirePositive(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new Error(`An order needs a whole, positive ${name}; ${value} was given.`);
}
