// State that shares a variable behaves as if each had its own.
import { expect, test } from 'vitest';
import { tf } from '../tensorflow/library.ts';
import { failOnLeaks } from '../testing/leaks.ts';
import { createEagerProgram } from './eager-program.ts';
import { opHistogram } from './describe-graph.ts';
import type { Program, ProgramSpec, Update } from './program.ts';
import { recordProgram, type RecordedProgram } from './recorded-program.ts';

failOnLeaks();

const LENGTHS = { a: 2, b: 3, c: 1 };
const NAMES = Object.keys(LENGTHS) as (keyof typeof LENGTHS)[];

/** w ← w − rate · (slot ← 0.9 slot + rate · w + 0.01 w) for three vectors, and their sum. */
function threeVectors(updated: readonly (keyof typeof LENGTHS)[] = NAMES): ProgramSpec {
  return {
    state: NAMES.flatMap((name) => [
      { name, type: 'float32' as const, shape: [LENGTHS[name]], packed: 'w' },
      { name: `slot/${name}`, type: 'float32' as const, shape: [LENGTHS[name]], packed: 'slot/w' },
    ]),
    functions: [
      {
        name: 'step',
        feeds: [{ name: 'rate', type: 'float32', shape: [] }],
        body: ({ state, feed }) => ({
          outputs: { sum: tf.sum(tf.stack(NAMES.map((name) => tf.sum(state(name))))) },
          // Not in the order of the pack: it must not matter.
          updates: [...updated].reverse().map((name): Update => ({
            kind: 'momentum',
            state: name,
            slot: `slot/${name}`,
            gradient: tf.mul(state(name), feed('rate')),
            rate: feed('rate'),
            momentum: 0.9,
            nesterov: false,
            decay: 0.01,
          })),
        }),
      },
    ],
  };
}

function started<P extends Program>(program: P): P {
  // In two calls: the first gives some members of a pack, the second the others.
  program.write(new Map([['b', new Float32Array([3, 4, 5])]]));
  program.write(
    new Map([
      ['a', new Float32Array([1, 2])],
      ['c', new Float32Array([6])],
      ...NAMES.map((name) => [`slot/${name}`, new Float32Array(LENGTHS[name])] as const),
    ]),
  );
  return program;
}

function values(program: Program): Record<string, number[]> {
  const names = NAMES.flatMap((name) => [name, `slot/${name}`]);
  return Object.fromEntries([...program.read(names)].map(([name, v]) => [name, Array.from(v)]));
}

test('vectors of one variable train to the same bits as vectors of their own', () => {
  const packed = started(recordProgram(threeVectors()));
  const spec = threeVectors();
  const alone = started(
    recordProgram({
      ...spec,
      state: spec.state.map(({ name, type, shape }) => ({ name, type, shape })),
    }),
  );
  const eager = started(createEagerProgram(spec));
  try {
    for (const rate of [0.5, 0.25]) {
      for (const program of [packed, alone, eager]) {
        const feeds = { rate: new Float32Array([rate]) };
        program.run('step', { feeds, outputs: ['sum'], update: true });
      }
    }
    expect(values(packed)).toEqual(values(alone));
    const rounded = (of: Program) =>
      Object.values(values(of)).map((v) => v.map((x) => Number(x.toPrecision(6))));
    expect(rounded(packed)).toEqual(rounded(eager));
    const count = (of: RecordedProgram, op: string) =>
      opHistogram(of.nodes).find((entry) => entry.op === op)?.count;
    expect(count(packed, 'ResourceApplyMomentum')).toBe(1);
    expect(count(alone, 'ResourceApplyMomentum')).toBe(3);
  } finally {
    for (const program of [packed, alone, eager]) program.dispose();
  }
});

test('writing some members of a pack leaves the others as they are', () => {
  const program = started(recordProgram(threeVectors()));
  try {
    program.write(new Map([['c', new Float32Array([7])]]));
    expect(values(program)).toMatchObject({ a: [1, 2], b: [3, 4, 5], c: [7] });
    expect(() => program.write(new Map([['c', new Float32Array(2)]]))).toThrow(
      'c has 1 elements, not 2.',
    );
  } finally {
    program.dispose();
  }
});

test('a function that updates a pack in part is refused', () => {
  expect(() => recordProgram(threeVectors(['a', 'c']))).toThrow(
    'step updates 2 of the 3 members of pack/w alike; what is packed must be updated as one.',
  );
});
