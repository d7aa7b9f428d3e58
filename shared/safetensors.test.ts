import { expect, test } from 'vitest';
import { AppError } from './errors.ts';
import {
  encodeHeader,
  getTensor,
  headerLength,
  parseTensorFile,
  tensorFileParts,
  type TensorPart,
} from './safetensors.ts';
import { readFloats, readIntegers } from './tensor-values.ts';

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A file with the given header text and this many data bytes. */
function fileWith(header: string | Uint8Array, dataBytes: number): Uint8Array {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setUint32(0, json.byteLength, true);
  return concatenated([prefix, json, new Uint8Array(dataBytes)]);
}

const weights: TensorPart = {
  name: 'layer1.0.conv1.weight',
  dtype: 'F32',
  shape: [2, 3],
  data: new Uint8Array(Float32Array.from([1, -2, 3.5, 0, 1e-8, 65504]).buffer),
};
const labels: TensorPart = {
  name: 'labels',
  dtype: 'I64',
  shape: [3],
  data: new Uint8Array(BigInt64Array.from([0n, 9n, -1n]).buffer),
};

test('A written file is read back with the same names, shapes, metadata and bytes.', () => {
  const file = parseTensorFile(
    concatenated(tensorFileParts([labels, weights], { classes: '["a","b"]', note: 'größer ✓' })),
  );
  expect([...file.tensors.keys()]).toEqual(['labels', 'layer1.0.conv1.weight']);
  expect(file.metadata).toEqual({ classes: '["a","b"]', note: 'größer ✓' });
  expect(file.tensors.get('labels')).toMatchObject({ dtype: 'I64', shape: [3], sizeBytes: 24 });
  expect([...readFloats('F32', file.bytesOf(weights.name))]).toEqual(
    Array.from(Float32Array.from([1, -2, 3.5, 0, 1e-8, 65504])),
  );
  expect([...readIntegers('I64', file.bytesOf('labels'))]).toEqual([0, 9, -1]);
  expect(file.dataOffset % 8).toBe(0);
});

test('A file without tensors, a scalar and an empty tensor are valid.', () => {
  expect(parseTensorFile(concatenated(tensorFileParts([]))).tensors.size).toBe(0);
  const scalar: TensorPart = { name: 's', dtype: 'F32', shape: [], data: new Uint8Array(4) };
  const empty: TensorPart = { name: 'e', dtype: 'U8', shape: [0, 4], data: new Uint8Array(0) };
  const file = parseTensorFile(concatenated(tensorFileParts([empty, scalar])));
  expect(file.tensors.get('e')?.sizeBytes).toBe(0);
  expect(file.tensors.get('s')?.shape).toEqual([]);
});

test('Half and brain floats are read as the float32 numbers they stand for.', () => {
  const half = Uint16Array.from([0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x7c00, 0x8000]);
  expect([...readFloats('F16', new Uint8Array(half.buffer))]).toEqual([
    1,
    -2,
    65504,
    2 ** -24,
    2 ** -14,
    Infinity,
    -0,
  ]);
  const brain = Uint16Array.from([0x3f80, 0xc000, 0x4049]);
  expect([...readFloats('BF16', new Uint8Array(brain.buffer))]).toEqual([1, -2, 3.140625]);
});

test('Values are read from bytes that are not aligned, as other writers leave them.', () => {
  const shifted = new Uint8Array(1 + 8);
  shifted.set(new Uint8Array(Float32Array.from([1.5, -4]).buffer), 1);
  expect([...readFloats('F32', shifted.subarray(1))]).toEqual([1.5, -4]);
  expect(readIntegers('I32', shifted.subarray(1))).toHaveLength(2);
  const inNodeBuffer = Buffer.alloc(16, 1);
  inNodeBuffer.writeFloatLE(2.5, 5);
  expect([...readFloats('F32', inNodeBuffer.subarray(5, 9))]).toEqual([2.5]);
});

test('Integers of every width are read as int32, and one that is too large is refused.', () => {
  expect([...readIntegers('U8', Uint8Array.of(0, 255))]).toEqual([0, 255]);
  expect([...readIntegers('I8', Uint8Array.of(255))]).toEqual([-1]);
  expect([...readIntegers('I16', new Uint8Array(Int16Array.of(-300).buffer))]).toEqual([-300]);
  expect([...readIntegers('U16', new Uint8Array(Uint16Array.of(65535).buffer))]).toEqual([65535]);
  expect(() => readIntegers('U32', new Uint8Array(Uint32Array.of(2 ** 31).buffer))).toThrow(
    'The value 2147483648 at position 0 is too large.',
  );
  expect(() => readIntegers('F32', new Uint8Array(4))).toThrow(
    'Whole numbers are needed here, but the dtype is F32.',
  );
});

const entry = (dtype: string, shape: number[], offsets: number[]): string =>
  JSON.stringify({ dtype, shape, data_offsets: offsets });

test.each<[string, Uint8Array, string, string]>([
  [
    'five bytes',
    new Uint8Array(5),
    'truncated-file',
    'The file has 5 bytes; a safetensors file has at least 8.',
  ],
  [
    'a huge header',
    Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 1),
    'bad-tensor-file',
    'The header says it is 4294967296 bytes long, more than the 100000000 allowed: this is not a safetensors file, or its first bytes are damaged.',
  ],
  [
    'a header longer than the file',
    Uint8Array.of(64, 0, 0, 0, 0, 0, 0, 0, 1),
    'truncated-file',
    'The header needs 72 bytes but the file has 9: it is truncated or not a safetensors file.',
  ],
  ['broken JSON', fileWith('{"a":', 0), 'bad-tensor-file', 'The header is not valid JSON.'],
  [
    'broken UTF-8',
    fileWith(Uint8Array.of(0x7b, 0xff, 0x7d), 0),
    'bad-tensor-file',
    'The header is not valid UTF-8.',
  ],
  ['a list', fileWith('[]', 0), 'bad-tensor-file', 'The header is not a JSON object.'],
  [
    'metadata that is not text',
    fileWith('{"__metadata__":{"a":1}}', 0),
    'bad-tensor-file',
    'The metadata value "a" is not text.',
  ],
  [
    'an unknown dtype',
    fileWith(`{"a":${entry('F7', [1], [0, 1])}}`, 1),
    'bad-tensor-file',
    'The tensor "a" has the dtype "F7"; known are BOOL, U8, I8, U16, I16, F16, BF16, U32, I32, F32, F64, I64, U64.',
  ],
  [
    'no dtype',
    fileWith('{"a":{"shape":[1],"data_offsets":[0,1]}}', 1),
    'bad-tensor-file',
    'The tensor "a" has no dtype; known are BOOL, U8, I8, U16, I16, F16, BF16, U32, I32, F32, F64, I64, U64.',
  ],
  [
    'a negative size',
    fileWith(`{"a":${entry('U8', [-1], [0, 1])}}`, 1),
    'bad-tensor-file',
    'The shape of the tensor "a" is not a list of whole numbers.',
  ],
  [
    'offsets the wrong way round',
    fileWith(`{"a":${entry('U8', [1], [1, 0])}}`, 1),
    'bad-tensor-file',
    'The data offsets of the tensor "a" are not [begin, end].',
  ],
  [
    'offsets that disagree with the shape',
    fileWith(`{"a":${entry('F32', [2, 2], [0, 12])}}`, 12),
    'bad-tensor-file',
    'The tensor "a" (F32 [2, 2]) needs 16 bytes but its offsets span 12.',
  ],
  [
    'overlapping tensors',
    fileWith(`{"a":${entry('U8', [4], [0, 4])},"b":${entry('U8', [4], [2, 6])}}`, 6),
    'bad-tensor-file',
    'The tensors "a" and "b" overlap.',
  ],
  [
    'a hole',
    fileWith(`{"a":${entry('U8', [2], [0, 2])},"b":${entry('U8', [2], [4, 6])}}`, 6),
    'bad-tensor-file',
    '2 bytes before the tensor "b" are unused.',
  ],
  [
    'missing data',
    fileWith(`{"a":${entry('U8', [8], [0, 8])}}`, 5),
    'truncated-file',
    'The file should have 69 bytes but has 66: it is truncated.',
  ],
  [
    'data after the end',
    fileWith(`{"a":${entry('U8', [2], [0, 2])}}`, 5),
    'bad-tensor-file',
    'The file has 3 bytes after its last tensor.',
  ],
  [
    'a name given twice',
    fileWith(`{"a\\u0062":${entry('U8', [1], [0, 1])},"ab":${entry('U8', [1], [1, 2])}}`, 2),
    'bad-tensor-file',
    'The header names "ab" twice.',
  ],
])('A file with %s is refused with a sentence.', (_, file, code, sentence) => {
  let thrown: unknown;
  try {
    parseTensorFile(file);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(AppError);
  expect(thrown).toMatchObject({ code, message: sentence });
});

test('A missing tensor is answered with the names that exist.', () => {
  const file = parseTensorFile(concatenated(tensorFileParts([labels, weights])));
  expect(() => getTensor(file, 'images')).toThrow(
    'The file has no tensor "images"; it holds labels, layer1.0.conv1.weight.',
  );
});

test('Writing refuses data of the wrong size and a name used twice.', () => {
  expect(() => tensorFileParts([{ ...labels, shape: [4] }])).toThrow(
    'The tensor "labels" (I64 [4]) needs 32 bytes but 24 were given.',
  );
  expect(() => tensorFileParts([labels, labels])).toThrow(
    'Two tensors are to be written as "labels".',
  );
});

test('A reserved header keeps its size whatever it holds, and the file stays valid.', () => {
  const header = encodeHeader([labels], { a: 'b' }, 512);
  expect(header.byteLength).toBe(512);
  expect(headerLength(header, 536)).toBe(504);
  expect([...parseTensorFile(concatenated([header, labels.data])).tensors.keys()]).toEqual([
    'labels',
  ]);
  expect(() => encodeHeader([labels], {}, 16)).toThrow('16 were reserved');
});
