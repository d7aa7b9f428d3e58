// The header of an array in NumPy's format: `\x93NUMPY`, a version, and a Python dictionary as text. Reads
// that dictionary and nothing else of Python: arrays of objects are pickles and stay closed.
import { DTYPE_BYTES, type TensorDtype } from '../../../shared/safetensors.ts';
import type { ArrayDtype } from './stored-array.ts';

export interface NpyHeader {
  readonly dtype: ArrayDtype;
  readonly elementBytes: number;
  readonly isBigEndian: boolean;
  readonly isFortran: boolean;
  readonly shape: readonly number[];
  /** Where the numbers begin. */
  readonly dataOffset: number;
  /** Of the numbers. */
  readonly sizeBytes: number;
}

/** Why an array is not read, as a part of a sentence after its name. */
export interface NotRead {
  readonly reason: string;
}

/** As many bytes as any header has. */
export const MOST_NPY_HEADER_BYTES = 64 * 1024;
const MAGIC = '\x93NUMPY';
const LONGEST_TEXT_BYTES = 4096;

const DTYPES: Readonly<Record<string, TensorDtype>> = {
  ...{ b1: 'BOOL', u1: 'U8', i1: 'I8', u2: 'U16', i2: 'I16', u4: 'U32', i4: 'I32', u8: 'U64' },
  ...{ i8: 'I64', f2: 'F16', f4: 'F32', f8: 'F64' },
};

export function isNpy(start: Buffer): boolean {
  return start.toString('latin1', 0, MAGIC.length) === MAGIC;
}

/** `start` are the first bytes, up to `MOST_NPY_HEADER_BYTES` of them. */
export function readNpyHeader(start: Buffer): NpyHeader | NotRead {
  if (!isNpy(start)) return { reason: 'is no NumPy array' };
  const isLong = (start[6] ?? 0) >= 2;
  const at = isLong ? 12 : 10;
  if (start.length < at) return { reason: 'is truncated: it ends in its header' };
  const length = isLong ? start.readUInt32LE(8) : start.readUInt16LE(8);
  if (at + length > MOST_NPY_HEADER_BYTES) return { reason: `has a header of ${length} bytes` };
  if (at + length > start.length) return { reason: 'is truncated: it ends in its header' };
  const text = start.toString('utf8', at, at + length);
  const descr = /'descr'\s*:\s*'([^']{1,32})'/.exec(text)?.[1];
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const sizes = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(text)?.[1];
  if (descr === undefined && /'descr'\s*:\s*\[/.test(text)) {
    return { reason: 'is an array of records, which is not read' };
  }
  if (descr === undefined || fortran === undefined || sizes === undefined) {
    return { reason: 'is damaged: its header is not one of NumPy' };
  }
  const type = typeOf(descr);
  if ('reason' in type) return type;
  const shape = (sizes.match(/\d+/g) ?? []).map(Number);
  const sizeBytes = shape.reduce((product, size) => product * size, type.elementBytes);
  if (!Number.isSafeInteger(sizeBytes) || !shape.every(Number.isSafeInteger)) {
    return { reason: 'is damaged: its shape has more elements than a file can hold' };
  }
  return {
    ...type,
    isFortran: fortran === 'True' && shape.length > 1,
    shape,
    dataOffset: at + length,
    sizeBytes,
  };
}

function typeOf(
  descr: string,
): Pick<NpyHeader, 'dtype' | 'elementBytes' | 'isBigEndian'> | NotRead {
  const [, order = '', kind = '', width = ''] = /^([<>|=]?)([a-zA-Z])(\d*)$/.exec(descr) ?? [];
  if (kind === 'O') {
    return {
      reason:
        'is an array of Python objects (a pickle), which can run any program and is never opened; save a plain array instead',
    };
  }
  const isBigEndian = order === '>';
  const characters = Number(width);
  if (kind === 'U' || kind === 'S') {
    const elementBytes = characters * (kind === 'U' ? 4 : 1);
    if (elementBytes === 0 || elementBytes > LONGEST_TEXT_BYTES) {
      return { reason: `holds texts of ${characters} characters, which are not read` };
    }
    return { dtype: kind === 'U' ? 'utf32' : 'ascii', elementBytes, isBigEndian };
  }
  const dtype = DTYPES[kind + width];
  if (dtype === undefined) return { reason: `is of the type ${descr}, which is not read` };
  return { dtype, elementBytes: DTYPE_BYTES[dtype], isBigEndian };
}
