import { expect, test } from 'vitest';
import { failOnLeaks } from '../testing/leaks.ts';
import { tf, type Tensor } from '../tensorflow/library.ts';
import { op, type } from '../tensorflow/op.ts';
import { createTensor } from '../tensorflow/handles.ts';
import { uniform } from '../ops/random.ts';
import { createEagerProgram } from './eager-program.ts';
import { declareConstant } from './recorder.ts';
import { recordProgram } from './recorded-program.ts';
import { dumpGraph, opHistogram } from './describe-graph.ts';
import type { Program, ProgramFunction, ProgramSpec } from './program.ts';

failOnLeaks();

/** w ← w − 0.5 · x · w with momentum, and a function that only reads. */
const SPEC: ProgramSpec = {
  state: [
    { name: 'w', type: 'float32', shape: [2] },
    { name: 'slot/w', type: 'float32', shape: [2] },
    { name: 'count', type: 'float32', shape: [] },
  ],
  functions: [
    {
      name: 'step',
      feeds: [
        { name: 'x', type: 'float32', shape: [2] },
        { name: 'rate', type: 'float32', shape: [] },
      ],
      body: ({ state, feed }) => {
        const gradient = tf.mul(state('w'), feed('x'));
        return {
          outputs: { gradient, before: tf.mul(state('w'), 1) },
          updates: [
            {
              kind: 'momentum',
              state: 'w',
              slot: 'slot/w',
              gradient,
              rate: feed('rate'),
              momentum: 0.9,
              nesterov: false,
              decay: 0,
            },
            { kind: 'assign', state: 'count', value: tf.add(state('count'), 1) },
          ],
        };
      },
    },
    {
      name: 'double',
      feeds: [],
      body: ({ state }) => ({ outputs: { doubled: tf.mul(state('w'), 2) } }),
    },
  ],
};

const FEEDS = { x: new Float32Array([1, 2]), rate: new Float32Array([0.5]) };

function start(program: Program): void {
  program.write(
    new Map([
      ['w', new Float32Array([1, 1])],
      ['slot/w', new Float32Array(2)],
      ['count', new Float32Array(1)],
    ]),
  );
}

function withProgram(program: Program, body: (program: Program) => void): void {
  try {
    start(program);
    body(program);
  } finally {
    program.dispose();
  }
}

for (const [kind, create] of [
  ['recorded', recordProgram],
  ['eager', createEagerProgram],
] as const) {
  test(`the ${kind} program updates state by momentum and lets functions share it`, () => {
    withProgram(create(SPEC), (program) => {
      const first = program.run('step', {
        feeds: FEEDS,
        outputs: ['gradient', 'before'],
        update: true,
      });
      expect(Array.from(first['gradient']!.values)).toEqual([1, 2]);
      expect(Array.from(first['before']!.values)).toEqual([1, 1]);
      // slot = g, w = 1 − 0.5 g = [0.5, 0]
      expect(
        Array.from(
          program.run('double', { feeds: {}, outputs: ['doubled'], update: false })['doubled']!
            .values,
        ),
      ).toEqual([1, 0]);
      program.run('step', { feeds: FEEDS, outputs: [], update: true });
      // g = [0.5, 0], slot = 0.9 · [1, 2] + g = [1.4, 1.8], w = [0.5, 0] − 0.5 · slot
      const state = program.read(['w', 'slot/w', 'count']);
      expect(state.get('w')![0]).toBeCloseTo(-0.2, 6);
      expect(state.get('w')![1]).toBeCloseTo(-0.9, 6);
      expect(state.get('slot/w')![0]).toBeCloseTo(1.4, 6);
      expect(Array.from(state.get('count')!)).toEqual([2]);
    });
  });

  test(`the ${kind} program changes nothing when it is not asked to update`, () => {
    withProgram(create(SPEC), (program) => {
      program.run('step', { feeds: FEEDS, outputs: ['gradient'], update: false });
      expect(Array.from(program.read(['w']).get('w')!)).toEqual([1, 1]);
    });
  });

  test(`the ${kind} program says which feed is missing`, () => {
    withProgram(create(SPEC), (program) => {
      expect(() => program.run('step', { feeds: {}, outputs: [], update: true })).toThrow(
        'step needs the feed x.',
      );
    });
  });
}

function recordBody(body: ProgramFunction['body'], feeds: ProgramFunction['feeds'] = []): void {
  recordProgram({ state: [], functions: [{ name: 'f', feeds, body }] }).dispose();
}

test('a random constant that would be frozen into the recording is refused', () => {
  const cases: (() => Tensor)[] = [
    () => tf.randomNormal([8]),
    () => tf.randomUniform([8]),
    () => tf.dropout(tf.ones([8]), 0.5),
    () => tf.mul(tf.randomNormal([32], 0, 1, 'float32', 7), 2),
    () => tf.multinomial(tf.zeros([4]) as never, 3),
    () =>
      op('RandomUniform', { T: type('int32'), dtype: type('float32') }, [
        tf.tensor1d([4], 'int32'),
      ]),
  ];
  for (const make of cases) {
    expect(() => recordBody(() => ({ outputs: { y: make() } }))).toThrow(
      /random value would be frozen/,
    );
  }
});

test('a declared constant and a stateless random are recorded', () => {
  const values = declareConstant(Float32Array.from({ length: 40 }, (_, i) => i));
  const program = recordProgram({
    state: [],
    functions: [
      {
        name: 'f',
        feeds: [{ name: 'seed', type: 'int32', shape: [2] }],
        body: ({ feed }) => ({
          outputs: { sum: tf.sum(tf.tensor1d(values)), noise: uniform([4], feed('seed')) },
        }),
      },
    ],
  });
  try {
    const run = (seed: number) =>
      program.run('f', {
        feeds: { seed: new Int32Array([seed, 0]) },
        outputs: ['sum', 'noise'],
        update: false,
      });
    expect(run(1)['sum']!.values[0]).toBe(780);
    expect(run(1)['noise']!.values).toEqual(run(1)['noise']!.values);
    expect(run(1)['noise']!.values).not.toEqual(run(2)['noise']!.values);
  } finally {
    program.dispose();
  }
});

test('reading a value while recording is refused', () => {
  expect(() =>
    recordBody(() => ({ outputs: { y: tf.scalar(tf.add(1, 2).dataSync()[0]!) } })),
  ).toThrow("read a tensor's value");
});

test('a tensor from outside is refused', () => {
  const outside = createTensor('float32', [], new Float32Array([1]));
  expect(() => recordBody(() => ({ outputs: { y: tf.mul(outside, 2) } }))).toThrow(
    'made outside of it',
  );
  outside.dispose();
});

test('nothing is written and nothing is read where nothing is named', () => {
  const program = recordProgram(SPEC);
  start(program);
  const before = program.read(['w']);
  program.write(new Map());
  expect(program.read([])).toEqual(new Map());
  expect(program.read(['w'])).toEqual(before);
  program.dispose();
});

test('a graph that TensorFlow refuses says so in a sentence', () => {
  // Eager execution infers the missing attribute T; a graph needs it.
  expect(() => recordBody(() => ({ outputs: { y: op('Square', {}, [tf.ones([2])]) } }))).toThrow(
    /^TensorFlow refused the recorded graph: .*No attr named 'T'/,
  );
});

test('nodes that no output needs are left out, and equal constants are shared', () => {
  const program = recordProgram({
    state: [],
    functions: [
      {
        name: 'f',
        feeds: [{ name: 'x', type: 'float32', shape: [3] }],
        body: ({ feed }) => {
          tf.exp(feed('x'));
          return { outputs: { y: tf.add(tf.mul(feed('x'), 3), 3) } };
        },
      },
    ],
  });
  try {
    expect(opHistogram(program.nodes)).toEqual([
      { op: 'Add', count: 1 },
      { op: 'Const', count: 1 },
      { op: 'Mul', count: 1 },
      { op: 'Placeholder', count: 1 },
    ]);
    const dump = dumpGraph(program.nodes);
    expect(dump).toContain('f/const_0 = Const() {dtype=1 value=float32[](3)}');
    expect(dump).toMatch(/f\/Add_\d+ = Add\(f\/Mul_\d+, f\/const_0\) \{T=1\}/);
  } finally {
    program.dispose();
  }
});
