// NumPy's and MNIST's files for the tests, made on the spot.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { ZipFile } from 'yazl';

/** Python's text of a shape: `(6,)`, `(6, 8)`. */
function tuple(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape.join()},)` : `(${shape.join(', ')})`;
}

export interface NpyOptions {
  readonly descr: string;
  readonly shape: readonly number[];
  readonly isFortran?: boolean;
}

export function npy(
  { descr, shape, isFortran = false }: NpyOptions,
  data: Uint8Array | Int32Array | BigInt64Array | Float64Array,
): Buffer {
  const fortran = isFortran ? 'True' : 'False';
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${tuple(shape)}, }`;
  const header = Buffer.from(`${text.padEnd(117)}\n`, 'latin1');
  const start = Buffer.from('\x93NUMPY\x01\x00..', 'latin1');
  start.writeUInt16LE(header.length, 8);
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.concat([start, header, bytes]);
}

/** Texts of NumPy's `U`, padded with zeros. */
export function npyTexts(texts: readonly string[], width: number): Buffer {
  const bytes = Buffer.alloc(texts.length * width * 4);
  texts.forEach((text, row) => {
    Array.from(text).forEach((letter, i) =>
      bytes.writeUInt32LE(letter.codePointAt(0) ?? 0, (row * width + i) * 4),
    );
  });
  return npy({ descr: `<U${width}`, shape: [texts.length] }, bytes);
}

export async function writeNpz(
  path: string,
  arrays: Readonly<Record<string, Buffer>>,
  { compress = false } = {},
): Promise<void> {
  const zip = new ZipFile();
  for (const [name, bytes] of Object.entries(arrays)) {
    zip.addBuffer(bytes, `${name}.npy`, { compress });
  }
  zip.end();
  const file = createWriteStream(path);
  zip.outputStream.pipe(file);
  await once(file, 'close');
}

export function idx(shape: readonly number[], data: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  shape.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
  return Buffer.concat([header, data]);
}
