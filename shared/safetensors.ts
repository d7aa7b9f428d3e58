// The safetensors format, as pure code over bytes: 8 bytes of header length (little-endian), a JSON
// header {name: {dtype, shape, data_offsets}, __metadata__}, then the tensors without gaps. Strict on
// reading: what the reference implementation refuses is refused here, with a sentence. No file access;
// a caller that streams reads `HEADER_PREFIX_BYTES`, then the header, then byte ranges of tensors.
import { parseBoundedJson } from './bounded-json.ts';
import { inputError } from './errors.ts';

/** Bytes per element of each dtype that this program knows. */
export const DTYPE_BYTES = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
} as const;

export type TensorDtype = keyof typeof DTYPE_BYTES;

export interface TensorLayout {
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
}

export interface TensorEntry extends TensorLayout {
  /** First byte, counted from the start of the file. */
  readonly offset: number;
  readonly sizeBytes: number;
}

export interface TensorFileHeader {
  /** In the order of their bytes. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly dataOffset: number;
  readonly fileBytes: number;
}

export interface TensorPart extends TensorLayout {
  readonly data: Uint8Array;
}

/** A float32 tensor over the numbers as they lie in memory. */
export function floatPart(
  name: string,
  shape: readonly number[],
  { buffer, byteOffset, byteLength }: Float32Array,
): TensorPart {
  return { name, dtype: 'F32', shape, data: new Uint8Array(buffer, byteOffset, byteLength) };
}

export const HEADER_PREFIX_BYTES = 8;
/** The reference implementation's limit. */
export const MAX_HEADER_BYTES = 100_000_000;
const METADATA_KEY = '__metadata__';

// Present in every environment that runs this, but in no type library that all of them share.
declare const TextDecoder: new (
  label: 'utf-8',
  options: { readonly fatal: boolean },
) => { decode(bytes: Uint8Array): string };
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

function bad(sentence: string, path?: string, details?: Record<string, unknown>): Error {
  return inputError('bad-tensor-file', sentence, {
    ...(path === undefined ? {} : { path }),
    ...(details === undefined ? {} : { details }),
  });
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function tensorBytes(layout: Pick<TensorLayout, 'dtype' | 'shape'>): number {
  return elementCount(layout.shape) * DTYPE_BYTES[layout.dtype];
}

/** Reads the header's length from the first bytes of a file of the given size. */
export function headerLength(prefix: Uint8Array, fileBytes: number): number {
  if (prefix.byteLength < HEADER_PREFIX_BYTES || fileBytes < HEADER_PREFIX_BYTES) {
    throw inputError(
      'truncated-file',
      `The file has ${fileBytes} bytes; a safetensors file has at least ${HEADER_PREFIX_BYTES}.`,
      { details: { given: fileBytes, expected: HEADER_PREFIX_BYTES } },
    );
  }
  const view = new DataView(prefix.buffer, prefix.byteOffset, HEADER_PREFIX_BYTES);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 0x1_0000_0000;
  if (length > MAX_HEADER_BYTES) {
    throw bad(
      `The header says it is ${length} bytes long, more than the ${MAX_HEADER_BYTES} allowed: this is not a safetensors file, or its first bytes are damaged.`,
      'header',
      { given: length, limit: MAX_HEADER_BYTES },
    );
  }
  if (HEADER_PREFIX_BYTES + length > fileBytes) {
    throw inputError(
      'truncated-file',
      `The header needs ${HEADER_PREFIX_BYTES + length} bytes but the file has ${fileBytes}: it is truncated or not a safetensors file.`,
      { path: 'header', details: { expected: HEADER_PREFIX_BYTES + length, given: fileBytes } },
    );
  }
  return length;
}

/** Parses the JSON header (without its 8-byte prefix) of a file of the given size. */
export function parseHeader(headerJson: Uint8Array, fileBytes: number): TensorFileHeader {
  const text = decodeText(headerJson);
  let document: unknown;
  try {
    document = parseBoundedJson(text);
  } catch (error) {
    throw inputError('bad-tensor-file', 'The header is not valid JSON.', {
      path: 'header',
      cause: error,
    });
  }
  if (!isRecord(document)) throw bad('The header is not a JSON object.', 'header');
  refuseDuplicates(text);

  const dataOffset = HEADER_PREFIX_BYTES + headerJson.byteLength;
  let metadata: Record<string, string> = {};
  const entries: TensorEntry[] = [];
  for (const [name, value] of Object.entries(document)) {
    if (name === METADATA_KEY) metadata = parseMetadata(value);
    else entries.push(parseEntry(name, value, dataOffset));
  }
  entries.sort((a, b) => a.offset - b.offset || a.sizeBytes - b.sizeBytes);
  let end = dataOffset;
  let previous = '';
  for (const entry of entries) {
    const path = `tensors.${entry.name}.data_offsets`;
    if (entry.offset < end) {
      throw bad(`The tensors "${previous}" and "${entry.name}" overlap.`, path);
    }
    if (entry.offset > end) {
      throw bad(`${entry.offset - end} bytes before the tensor "${entry.name}" are unused.`, path);
    }
    end = entry.offset + entry.sizeBytes;
    previous = entry.name;
  }
  if (end > fileBytes) {
    throw inputError(
      'truncated-file',
      `The file should have ${end} bytes but has ${fileBytes}: it is truncated.`,
      { details: { expected: end, given: fileBytes } },
    );
  }
  if (end < fileBytes) {
    throw bad(`The file has ${fileBytes - end} bytes after its last tensor.`, undefined, {
      expected: end,
      given: fileBytes,
    });
  }
  const tensors = new Map(entries.map((entry) => [entry.name, entry]));
  return { tensors, metadata, dataOffset, fileBytes };
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw inputError('bad-tensor-file', 'The header is not valid UTF-8.', {
      path: 'header',
      cause: error,
    });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function parseMetadata(value: unknown): Record<string, string> {
  if (!isRecord(value)) throw bad('The metadata is not a JSON object.', METADATA_KEY);
  const metadata: Record<string, string> = {};
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') {
      throw bad(`The metadata value "${key}" is not text.`, `${METADATA_KEY}.${key}`);
    }
    metadata[key] = text;
  }
  return metadata;
}

function parseEntry(name: string, value: unknown, dataOffset: number): TensorEntry {
  const path = `tensors.${name}`;
  if (!isRecord(value)) throw bad(`The entry of the tensor "${name}" is not an object.`, path);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPE_BYTES, dtype)) {
    throw bad(
      `The tensor "${name}" has ${dtype === undefined ? 'no dtype' : `the dtype ${JSON.stringify(dtype)}`}; known are ${Object.keys(DTYPE_BYTES).join(', ')}.`,
      `${path}.dtype`,
    );
  }
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    throw bad(`The shape of the tensor "${name}" is not a list of whole numbers.`, `${path}.shape`);
  }
  if (
    !Array.isArray(offsets) ||
    offsets.length !== 2 ||
    !offsets.every(isSize) ||
    (offsets[0] as number) > (offsets[1] as number)
  ) {
    throw bad(
      `The data offsets of the tensor "${name}" are not [begin, end].`,
      `${path}.data_offsets`,
    );
  }
  const [begin, end] = offsets as [number, number];
  const layout = { name, dtype: dtype as TensorDtype, shape: shape };
  const expected = tensorBytes(layout);
  if (expected !== end - begin) {
    throw bad(
      `The tensor "${name}" (${dtype} [${layout.shape.join(', ')}]) needs ${expected} bytes but its offsets span ${end - begin}.`,
      `${path}.data_offsets`,
      { expected, given: end - begin },
    );
  }
  return { ...layout, offset: dataOffset + begin, sizeBytes: end - begin };
}

/** JSON.parse keeps the last of two equal names; two tensors of one name are a damaged file. */
function refuseDuplicates(text: string): void {
  const seen = new Set<string>();
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    else if (character === '"') {
      const start = i++;
      while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
      if (depth !== 1) continue;
      // At depth 1 every string is a name: the values are objects.
      const name = JSON.parse(text.slice(start, i + 1)) as string;
      if (seen.has(name)) throw bad(`The header names "${name}" twice.`, `tensors.${name}`);
      seen.add(name);
    }
  }
}

/** A whole file held in memory. The returned bytes are views, not copies. */
export function parseTensorFile(
  file: Uint8Array,
): TensorFileHeader & { bytesOf(name: string): Uint8Array } {
  const length = headerLength(file.subarray(0, HEADER_PREFIX_BYTES), file.byteLength);
  const header = parseHeader(
    file.subarray(HEADER_PREFIX_BYTES, HEADER_PREFIX_BYTES + length),
    file.byteLength,
  );
  return {
    ...header,
    bytesOf: (name) => {
      const entry = getTensor(header, name);
      return file.subarray(entry.offset, entry.offset + entry.sizeBytes);
    },
  };
}

/** The named entry; throws a sentence that lists what the file holds. */
export function getTensor(header: TensorFileHeader, name: string): TensorEntry {
  const entry = header.tensors.get(name);
  if (entry !== undefined) return entry;
  const names = [...header.tensors.keys()];
  const listed = names.slice(0, 8).join(', ') + (names.length > 8 ? ', …' : '');
  throw inputError(
    'missing-tensor',
    `The file has no tensor "${name}"; it holds ${names.length === 0 ? 'none' : listed}.`,
    { path: `tensors.${name}`, details: { names: names.slice(0, 100) } },
  );
}

/**
 * The 8-byte prefix and the header for tensors that follow in the given order. The length is a
 * multiple of 8, so tensors written widest dtype first are aligned. `reserveBytes` pads the header to
 * that size, for files whose header is written after their tensors.
 */
export function encodeHeader(
  layouts: readonly TensorLayout[],
  metadata: Readonly<Record<string, string>> = {},
  reserveBytes = 0,
): Uint8Array {
  const document = new Map<string, unknown>();
  if (Object.keys(metadata).length > 0) document.set(METADATA_KEY, metadata);
  let offset = 0;
  for (const layout of layouts) {
    if (document.has(layout.name) || layout.name === METADATA_KEY) {
      throw bad(`Two tensors are to be written as "${layout.name}".`, `tensors.${layout.name}`);
    }
    const end = offset + tensorBytes(layout);
    document.set(layout.name, {
      dtype: layout.dtype,
      shape: layout.shape,
      data_offsets: [offset, end],
    });
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(document)));
  const needed = HEADER_PREFIX_BYTES + Math.ceil(json.byteLength / 8) * 8;
  if (reserveBytes > 0 && needed > reserveBytes) {
    throw new Error(`The header needs ${needed} bytes; ${reserveBytes} were reserved.`);
  }
  const bytes = new Uint8Array(Math.max(needed, reserveBytes)).fill(0x20);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.byteLength - HEADER_PREFIX_BYTES, true);
  view.setUint32(4, 0, true);
  bytes.set(json, HEADER_PREFIX_BYTES);
  return bytes;
}

/** The file as a list of parts to write one after the other, without copying any tensor. */
export function tensorFileParts(
  tensors: readonly TensorPart[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  for (const { name, data, dtype, shape } of tensors) {
    const expected = tensorBytes({ dtype, shape });
    if (data.byteLength !== expected) {
      throw bad(
        `The tensor "${name}" (${dtype} [${shape.join(', ')}]) needs ${expected} bytes but ${data.byteLength} were given.`,
        `tensors.${name}`,
        { expected, given: data.byteLength },
      );
    }
  }
  return [encodeHeader(tensors, metadata), ...tensors.map((tensor) => tensor.data)];
}
