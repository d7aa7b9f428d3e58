// The order in which a recorded graph adds, where TensorFlow would choose another.
import { expect, test } from 'vitest';
import { failOnLeaks } from '../testing/leaks.ts';
import { tf, type Tensor } from '../tensorflow/library.ts';
import { op, type } from '../tensorflow/op.ts';
import type { ProgramSpec } from './program.ts';
import { recordProgram } from './recorded-program.ts';

failOnLeaks();

const SIZE = 64;
const NAMES = ['a', 'b', 'c', 'd'] as const;

/** 1e8 − 1e8 + 1 + 1 is 2 from the left, and 0 if it begins with a 1. */
const VALUES = { a: 1e8, b: -1e8, c: 1, d: 1 } as const;

function sumOf(add: (terms: Tensor[]) => Tensor): number[] {
  const spec: ProgramSpec = {
    // Not fed: TensorFlow knows no shapes of what is fed, and rewrites only additions of equal shapes.
    state: NAMES.map((name) => ({ name, type: 'float32', shape: [SIZE] })),
    functions: [
      {
        name: 'sum',
        feeds: [],
        // A variable's memory cannot be taken over by an addition, what an op has just made can: so an AddN
        // would begin with c or d.
        body: ({ state }) => ({
          outputs: {
            sum: tf.mul(add([state('a'), state('b'), tf.relu(state('c')), tf.relu(state('d'))]), 1),
          },
        }),
      },
    ],
  };
  const program = recordProgram(spec);
  try {
    program.write(new Map(NAMES.map((name) => [name, new Float32Array(SIZE).fill(VALUES[name])])));
    const { sum } = program.run('sum', { feeds: {}, outputs: ['sum'], update: false });
    return [...new Set(sum?.values)];
  } finally {
    program.dispose();
  }
}

test('A chain of additions is added from left to right, as it was written.', () => {
  expect(sumOf((terms) => terms.reduce((sum, term) => tf.add(sum, term)))).toEqual([2]);
});

test('Two sums that meet are added as they were written.', () => {
  const tree = ([a, b, c, d]: Tensor[]): Tensor => tf.add(tf.add(a!, b!), tf.add(c!, d!));
  expect(sumOf(tree)).toEqual([2]);
});

test('An op that adds many at once is refused, with the reason.', () => {
  expect(() => sumOf((terms) => tf.addN(terms))).toThrow(
    expect.objectContaining({ code: 'order-of-addition' }) as Error,
  );
});

test('An op that nobody has looked at is refused.', () => {
  const attributes = {
    T: type('float32'),
    Tindices: type('int32'),
    Tnumsegments: type('int32'),
  };
  const segments = ([a]: Tensor[]): Tensor =>
    op('UnsortedSegmentSum', attributes, [a!, tf.zeros([SIZE], 'int32'), tf.scalar(1, 'int32')]);
  expect(() => sumOf(segments)).toThrow(expect.objectContaining({ code: 'unknown-op' }) as Error);
});
