import { expect, test } from 'vitest';
import { decodeMessage, encodeMessage } from './codec.ts';

const throughCodec = (value: unknown): unknown => decodeMessage(encodeMessage(value));

test('Every kind of typed array keeps its kind and its bytes, wherever it is.', () => {
  const value = {
    kinds: [
      Int8Array.of(-1),
      Uint8Array.of(255),
      Uint8ClampedArray.of(300),
      Int16Array.of(-300),
      Uint16Array.of(60_000),
      Int32Array.of(-70_000),
      Uint32Array.of(4e9),
      Float32Array.of(0.5, NaN),
      Float64Array.of(Math.PI, -0),
    ],
    deep: { list: [{ empty: new Float32Array() }, null] },
  };
  expect(throughCodec(value)).toEqual(value);
});

test('Numbers that JSON has no word for cross as they are.', () => {
  const value = { loss: NaN, list: [1, Infinity, { least: -Infinity }], none: null };
  expect(throughCodec(value)).toEqual(value);
});

test('A message that is one typed array cannot cross: there must be something around it.', () => {
  expect(() => throughCodec(Uint8Array.of(1))).toThrow('could not be read');
});

test('A Buffer and a view into a larger array cross as just their bytes.', () => {
  const large = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7);
  const decoded = throughCodec({ buffer: Buffer.from('ab'), view: large.subarray(3, 5) });
  expect(decoded).toEqual({ buffer: Uint8Array.of(97, 98), view: Uint8Array.of(3, 4) });
  expect((decoded as { view: Uint8Array }).view.buffer.byteLength).toBe(2);
});

test('Encoding leaves what it was given as it was.', () => {
  const bytes = Uint8Array.of(1);
  const value = { list: [bytes], other: { bytes } };
  encodeMessage(value);
  expect(value).toEqual({ list: [bytes], other: { bytes } });
});

test('A message is read from the middle of a larger memory, as sockets give it.', () => {
  const message = encodeMessage({ text: 'ü', values: Float64Array.of(1, 2) });
  const pool = new Uint8Array(message.length + 10);
  pool.set(message, 3);
  expect(decodeMessage(pool.subarray(3, 3 + message.length))).toEqual({
    text: 'ü',
    values: Float64Array.of(1, 2),
  });
});

test('A field called __proto__ is a field like any other and changes no object.', () => {
  const value = JSON.parse('{"__proto__":{"polluted":true},"a":{"__proto__":null}}') as object;
  const decoded = throughCodec(value) as object;
  expect(JSON.stringify(decoded)).toBe(JSON.stringify(value));
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test.each([
  ['a Map', new Map()],
  ['a Set', new Set()],
  ['an ArrayBuffer', new ArrayBuffer(1)],
  ['a DataView', new DataView(new ArrayBuffer(1))],
  ['a BigInt64Array', BigInt64Array.of(1n)],
  ['a bigint', 1n],
])('%s is refused instead of being lost', (_, value) => {
  expect(() => encodeMessage({ value })).toThrow(TypeError);
});

test('Messages changed at random are refused or read, and never anything else.', () => {
  const message = encodeMessage({ a: [1, { b: Uint8Array.of(1, 2, 3) }], c: Float32Array.of(1) });
  for (let position = 0; position < message.length; position++) {
    for (const change of [0x01, 0x80, 0xff]) {
      const damaged = message.slice();
      damaged[position] = (damaged[position] ?? 0) ^ change;
      try {
        decodeMessage(damaged);
      } catch (error) {
        expect(error).toMatchObject({ code: 'bad-frame' });
      }
    }
  }
});
