import { expect, test } from 'vitest';
import { recordProgram } from '../recording/recorded-program.ts';
import { failOnLeaks } from '../testing/leaks.ts';
import { adoptableBytes } from './adopted-bytes.ts';
import { op, type } from './op.ts';

failOnLeaks();

const COUNT = 100_000;
const program = () =>
  recordProgram({
    state: [{ name: 'data', type: 'uint8', shape: [COUNT], traceShape: [1], onHost: true }],
    functions: [
      {
        name: 'floats',
        feeds: [],
        body: ({ state }) => ({
          outputs: {
            data: op('Cast', { SrcT: type('uint8'), DstT: type('float32') }, [state('data')]),
          },
        }),
      },
    ],
  });
/** Bytes themselves cannot be fetched. */
const byteAt = (recorded: ReturnType<typeof program>, at: number): number | undefined =>
  recorded.run('floats', { feeds: {}, outputs: ['data'], update: false })['data']?.values[at];

test('a session shares bytes that were made for it, and copies all others', () => {
  for (const isShared of [true, false]) {
    const recorded = program();
    const bytes = isShared ? adoptableBytes(COUNT) : new Uint8Array(COUNT);
    bytes[99] = 7;
    recorded.write(new Map([['data', bytes]]));
    expect(byteAt(recorded, 99)).toBe(7);
    // Nobody may do this but a test that asks whose memory it is.
    bytes[99] = 8;
    expect(byteAt(recorded, 99)).toBe(isShared ? 8 : 7);
    recorded.dispose();
  }
});

test('shared bytes outlive the program that wrote them for as long as the session has them', () => {
  const recorded = program();
  (() => {
    const bytes = adoptableBytes(COUNT);
    bytes.fill(3);
    recorded.write(new Map([['data', bytes]]));
  })();
  // Memory that nobody holds any more would be used again by these.
  for (let i = 0; i < 50; i++) adoptableBytes(COUNT).fill(i);
  globalThis.gc?.();
  expect([byteAt(recorded, 0), byteAt(recorded, COUNT - 1)]).toEqual([3, 3]);
  recorded.dispose();
});
