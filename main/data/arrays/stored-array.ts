// An array of numbers or texts in a file, wherever and however it is stored: what is known of it before
// it is read, and its bytes as a stream. Nothing here knows a file format.
import { inputError } from '../../../shared/errors.ts';
import type { TensorDtype } from '../../../shared/safetensors.ts';

/** `utf32` and `ascii` are texts of a fixed number of characters, padded with zeros, as NumPy has them. */
export type ArrayDtype = TensorDtype | 'utf32' | 'ascii';

export interface StoredArray {
  readonly name: string;
  readonly dtype: ArrayDtype;
  /** Of one element. */
  readonly elementBytes: number;
  readonly shape: readonly number[];
  /** Column by column, as Fortran has it. */
  readonly isFortran: boolean;
  /** Little-endian, whatever the file has. @throws inputError if the file ends too early */
  bytesFrom(offset: number): AsyncIterable<Uint8Array>;
}

/** Something with a name that holds no array that can be read. */
export interface UnreadArray {
  readonly name: string;
  /** Why, as a part of a sentence after the name. */
  readonly reason: string;
}

export function describeArray({ dtype, shape }: StoredArray): string {
  return `${dtype} [${shape.join(', ')}]`;
}

/** All bytes; only for arrays whose size was checked. */
export async function readWhole(array: StoredArray, sizeBytes: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(sizeBytes);
  let filled = 0;
  for await (const chunk of array.bytesFrom(0)) {
    const part = chunk.subarray(0, sizeBytes - filled);
    bytes.set(part, filled);
    filled += part.length;
    if (filled >= sizeBytes) break;
  }
  if (filled < sizeBytes) throw endsEarly(array.name, filled, sizeBytes);
  return bytes;
}

export function endsEarly(name: string, given: number, expected: number): Error {
  return inputError(
    'truncated-file',
    `"${name}" ends after ${given} of ${expected} bytes; the file is truncated, fetch it again.`,
    { path: name, details: { given, expected } },
  );
}
