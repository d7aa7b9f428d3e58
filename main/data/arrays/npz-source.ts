// An `.npz` file as a source: a zip of NumPy arrays, stored or deflated. Object arrays are pickles and stay
// closed. Images are inflated as they are read, never past what the zip's directory announces.
import { closeSync, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ArchiveEntry } from '../archive/archive-entry.ts';
import { listZip } from '../archive/zip-index.ts';
import { readError } from '../file-errors.ts';
import { zipDataStart, type ArchiveRange } from '../image-file.ts';
import { createProgressMeter, type Watch } from '../progress.ts';
import type { Source, SourceContent } from '../source.ts';
import { arrayDataset } from './array-dataset.ts';
import { readBytes, startOf, swapped, type BytesRange } from './byte-streams.ts';
import { MOST_NPY_HEADER_BYTES, readNpyHeader } from './npy-header.ts';
import type { StoredArray, UnreadArray } from './stored-array.ts';

/** Deflate gains no more than this. */
const MOST_GAIN = 1040;

/** Whether a zip archive is one of NumPy, by the name of its first file. */
export function isNpz(start: Buffer): boolean {
  if (start.length < 30 || start.readUInt32LE(0) !== 0x04034b50) return false;
  return /\.npy$/i.test(start.toString('latin1', 30, 30 + start.readUInt16LE(26)));
}

export async function openNpzSource(path: string): Promise<Source> {
  const { size, mtimeMs, ctimeMs } = await stat(path);
  return {
    name: basename(path).replace(/\.npz$/i, ''),
    key: { kind: 'npz', path, size, mtimeMs, ctimeMs },
    read: (watch) => readContent(path, watch),
  };
}

async function readContent(path: string, watch: Watch): Promise<SourceContent> {
  const entries = await listZip(path, createProgressMeter('list', undefined, watch));
  const arrays: StoredArray[] = [];
  const unread: UnreadArray[] = [];
  for (const entry of entries) {
    if (entry.kind === 'folder') continue;
    const name = entry.name.replace(/\.npy$/i, '');
    const found = await arrayOf(path, name, entry);
    if ('reason' in found) unread.push({ name, reason: found.reason });
    else arrays.push(found);
  }
  return arrayDataset({ path, kind: 'npz', arrays, unread, mayStartLater: true });
}

async function arrayOf(
  path: string,
  name: string,
  { kind, refusal, range }: ArchiveEntry,
): Promise<StoredArray | { readonly reason: string }> {
  if (kind !== 'file' || range?.zip === undefined) return { reason: 'is no file' };
  // Of images alone; arrays are read as a stream.
  if (refusal !== undefined && !/would unpack/.test(refusal)) return { reason: refusal };
  const { packedBytes } = range.zip;
  if (range.sizeBytes > (packedBytes + 64) * MOST_GAIN) {
    return { reason: 'announces more bytes than its packed form can hold' };
  }
  const place = placeOf(path, name, range);
  if ('reason' in place) return place;
  const header = readNpyHeader(await startOf(readBytes(place, 0), MOST_NPY_HEADER_BYTES));
  if ('reason' in header) return header;
  const { dtype, elementBytes, shape, isFortran, isBigEndian, dataOffset, sizeBytes } = header;
  if (dataOffset + sizeBytes !== range.sizeBytes) {
    return {
      reason: `is truncated or damaged: its header says ${dataOffset + sizeBytes} bytes, the archive ${range.sizeBytes}`,
    };
  }
  const unit = dtype === 'utf32' ? 4 : elementBytes;
  const swaps = isBigEndian && unit > 1 && dtype !== 'ascii';
  const bytesFrom = (offset: number): AsyncIterable<Uint8Array> => {
    const bytes = readBytes(place, dataOffset + offset);
    return swaps ? swapped(bytes, unit) : bytes;
  };
  return { name, dtype, elementBytes, shape, isFortran, bytesFrom };
}

function placeOf(
  path: string,
  name: string,
  { offset, sizeBytes, zip }: ArchiveRange,
): BytesRange | { readonly reason: string } {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    const start = zipDataStart(descriptor, offset);
    if (typeof start !== 'number') return start;
    const { packedBytes = 0, isDeflated = false, crc32 = 0 } = zip ?? {};
    return {
      ...{ path, name: `"${name}" in ${path}`, start, length: packedBytes },
      packing: isDeflated ? 'deflate' : 'none',
      check: { sizeBytes, crc32 },
    };
  } catch (error) {
    throw readError(error, path, 'file');
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
