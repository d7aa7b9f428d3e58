// The bytes of a tensor in a safetensors file as numbers that this program computes with: float32 and
// int32. Views where the bytes allow it, copies else.
import { inputError } from './errors.ts';
import type { TensorDtype } from './safetensors.ts';

/** A number of any float dtype, or of an integer one that float32 is wide enough for, as float32. */
export function readFloats(dtype: TensorDtype, bytes: Uint8Array): Float32Array {
  switch (dtype) {
    case 'F32':
      return new Float32Array(alignedBuffer(bytes, 4), ...span(bytes, 4));
    case 'F64':
      return Float32Array.from(new Float64Array(alignedBuffer(bytes, 8), ...span(bytes, 8)));
    case 'F16':
      return Float32Array.from(words16(bytes), halfToNumber);
    case 'BF16': {
      const source = words16(bytes);
      const bits = new Uint32Array(source.length);
      for (let i = 0; i < source.length; i++) bits[i] = (source[i] ?? 0) << 16;
      return new Float32Array(bits.buffer);
    }
    case 'BOOL':
    case 'U8':
      return Float32Array.from(bytes);
    case 'I8':
      return Float32Array.from(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    case 'U16':
      return Float32Array.from(words16(bytes));
    case 'I16':
    case 'U32':
    case 'I32':
    case 'I64':
    case 'U64':
      return Float32Array.from(readIntegers(dtype, bytes));
  }
}

/** Whole numbers of any integer dtype as int32; a value that does not fit is an error. */
export function readIntegers(dtype: TensorDtype, bytes: Uint8Array): Int32Array {
  switch (dtype) {
    case 'I32':
      return new Int32Array(alignedBuffer(bytes, 4), ...span(bytes, 4));
    case 'BOOL':
    case 'U8':
      return Int32Array.from(bytes);
    case 'I8':
      return Int32Array.from(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    case 'U16':
      return Int32Array.from(words16(bytes));
    case 'I16':
      return Int32Array.from(new Int16Array(alignedBuffer(bytes, 2), ...span(bytes, 2)));
    case 'U32':
      return narrow(new Uint32Array(alignedBuffer(bytes, 4), ...span(bytes, 4)));
    case 'I64':
      return narrow(new BigInt64Array(alignedBuffer(bytes, 8), ...span(bytes, 8)));
    case 'U64':
      return narrow(new BigUint64Array(alignedBuffer(bytes, 8), ...span(bytes, 8)));
    case 'F16':
    case 'BF16':
    case 'F32':
    case 'F64':
      throw inputError(
        'bad-tensor-file',
        `Whole numbers are needed here, but the dtype is ${dtype}.`,
      );
  }
}

function narrow(values: Uint32Array | BigInt64Array | BigUint64Array): Int32Array {
  const narrowed = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (value !== (value | 0))
      throw inputError('bad-tensor-file', `The value ${value} at position ${i} is too large.`);
    narrowed[i] = value;
  }
  return narrowed;
}

function halfToNumber(word: number): number {
  const sign = (word & 0x8000) === 0 ? 1 : -1;
  const exponent = (word >>> 10) & 0x1f;
  const fraction = word & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function words16(bytes: Uint8Array): Uint16Array {
  return new Uint16Array(alignedBuffer(bytes, 2), ...span(bytes, 2));
}

/**
 * The buffer itself when a typed view fits, else a copy: other writers do not align. (Not `slice`:
 * on Node's Buffer that is a view.)
 */
function alignedBuffer(bytes: Uint8Array, alignment: number): ArrayBufferLike {
  return bytes.byteOffset % alignment === 0 ? bytes.buffer : Uint8Array.from(bytes).buffer;
}

function span(bytes: Uint8Array, alignment: number): [number, number] {
  const start = bytes.byteOffset % alignment === 0 ? bytes.byteOffset : 0;
  return [start, bytes.byteLength / alignment];
}
