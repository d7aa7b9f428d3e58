// A message as bytes: plain JSON, with the typed arrays in it beside it as they are.
//   1 byte format · 4 bytes length of the JSON (little-endian) · JSON · the arrays, one after the other
// The JSON is {value, attachments}: where an array belongs, `value` has null, and its attachment
// names the place, the type and the length. Knows nothing of frames; must never trust what it reads.
// Numbers that JSON cannot say (NaN, infinities) travel the same way; `undefined` is left out. Both ends are
// little-endian, as every platform of Node, Electron and browsers is.
import { z } from 'zod';
import { parseBoundedJson, TooDeepError } from '../bounded-json.ts';
import { failure, type AppError } from '../errors.ts';
import { platform } from './platform.ts';

const formatByte = 1;
const prefixBytes = 5;

const arrayTypes = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
} as const;

/** A number that is not finite travels as eight bytes of its own. */
const numberType = 'number';

type ArrayTypeName = keyof typeof arrayTypes;
type AttachmentType = ArrayTypeName | typeof numberType;
const typeNames = [numberType, ...Object.keys(arrayTypes)] as [AttachmentType, ...AttachmentType[]];

const Envelope = z.object({
  value: z.unknown(),
  attachments: z.array(
    z.object({
      path: z.array(z.union([z.string(), z.int().min(0)])).min(1),
      type: z.enum(typeNames),
      sizeBytes: z.int().min(0),
    }),
  ),
});

interface Lifted {
  readonly path: readonly (string | number)[];
  readonly type: AttachmentType;
  readonly bytes: Uint8Array;
}

const encoder = new platform.TextEncoder();
const decoder = new platform.TextDecoder('utf-8', { fatal: true });

/** @throws TypeError for what neither JSON nor an attachment can carry */
export function encodeMessage(value: unknown): Uint8Array<ArrayBuffer> {
  const lifted: Lifted[] = [];
  const plain = lift(value, [], lifted);
  const attachments = lifted.map(({ path, type, bytes }) => ({
    path,
    type,
    sizeBytes: bytes.length,
  }));
  const json = encoder.encode(JSON.stringify({ value: plain, attachments }));
  let offset = prefixBytes + json.length;
  const message = new Uint8Array(lifted.reduce((sum, { bytes }) => sum + bytes.length, offset));
  message[0] = formatByte;
  new DataView(message.buffer).setUint32(1, json.length, true);
  message.set(json, prefixBytes);
  for (const { bytes } of lifted) {
    message.set(bytes, offset);
    offset += bytes.length;
  }
  return message;
}

/** Arrays in the result own their memory. @throws AppError `bad-frame` */
export function decodeMessage(message: Uint8Array): unknown {
  if (message.length < prefixBytes) throw bad('it ends too early');
  if (message[0] !== formatByte) throw bad(`its format ${String(message[0])} is unknown`);
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const jsonEnd = prefixBytes + view.getUint32(1, true);
  if (jsonEnd > message.length) throw bad('it ends too early');
  const envelope = Envelope.safeParse(parseJson(message.subarray(prefixBytes, jsonEnd)));
  if (!envelope.success) throw bad('it is no message of this program');
  const { value, attachments } = envelope.data;
  let offset = jsonEnd;
  for (const { path, type, sizeBytes } of attachments) {
    const ArrayType = type === numberType ? Float64Array : arrayTypes[type];
    if (sizeBytes > message.length - offset) throw bad('it ends too early');
    if (sizeBytes % ArrayType.BYTES_PER_ELEMENT !== 0) throw bad(`a part of it is no ${type}`);
    // A copy, so that nobody sees the rest of the message through `.buffer`, at any alignment.
    const own = new Uint8Array(sizeBytes);
    own.set(message.subarray(offset, offset + sizeBytes));
    const array = new ArrayType(own.buffer);
    place(value, path, type === numberType ? array[0] : array);
    offset += sizeBytes;
  }
  if (offset !== message.length) throw bad('it is longer than it says');
  return value;
}

/** The value with null for every typed array; unchanged parts are shared with the original. */
function lift(value: unknown, path: (string | number)[], lifted: Lifted[]): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    lifted.push({ path: [...path], type: numberType, bytes: bytesOf(Float64Array.of(value)) });
    return null;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) {
    // The name that the language itself gives it, so that a Buffer is a Uint8Array.
    const type = (value as unknown as { readonly [Symbol.toStringTag]: string })[
      Symbol.toStringTag
    ];
    if (!isArrayType(type)) throw new TypeError(`A ${type} cannot cross a wire.`);
    lifted.push({ path: [...path], type, bytes: bytesOf(value) });
    return null;
  }
  if (value instanceof ArrayBuffer || value instanceof Map || value instanceof Set) {
    throw new TypeError('Only plain values and typed arrays cross a wire.');
  }
  const source = value as Record<string | number, unknown>;
  let copy: Record<string | number, unknown> | undefined;
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
  for (const key of keys) {
    const item = source[key];
    const isPlain = typeof item === 'number' ? Number.isFinite(item) : typeof item !== 'object';
    if (isPlain || item === null) continue;
    path.push(key);
    const plain = lift(item, path, lifted);
    path.pop();
    if (plain === item) continue;
    copy ??= Array.isArray(value)
      ? ([...(value as unknown[])] as unknown as Record<number, unknown>)
      : { ...source };
    copy[key] = plain;
  }
  return copy ?? value;
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function place(root: unknown, path: readonly (string | number)[], array: unknown): void {
  let holder: unknown = root;
  for (const [depth, key] of path.entries()) {
    if (typeof holder !== 'object' || holder === null || !Object.hasOwn(holder, key)) {
      throw bad('a part of it has no place');
    }
    const fields = holder as Record<string | number, unknown>;
    if (depth < path.length - 1) {
      holder = fields[key];
    } else {
      if (fields[key] !== null) throw bad('a part of it has no place');
      fields[key] = array;
    }
  }
}

function isArrayType(name: string): name is ArrayTypeName {
  return Object.hasOwn(arrayTypes, name);
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return parseBoundedJson(decoder.decode(bytes));
  } catch (error) {
    throw bad(error instanceof TooDeepError ? 'it is nested too deeply' : 'it is not JSON', error);
  }
}

function bad(why: string, cause?: unknown): AppError {
  return failure(
    'bad-frame',
    `A message could not be read: ${why}. Reload the page; if it happens again, it is a defect.`,
    cause === undefined ? {} : { cause },
  );
}
