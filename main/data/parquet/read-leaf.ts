// The values of one column in one group of rows. Untrusted input: a few bytes may announce billions of
// values, so this runs in a decoder process (leaf-reader.ts), which costs the group when it dies.
import { open, type FileHandle } from 'node:fs/promises';
import { parquetRead, type AsyncBuffer, type FileMetaData } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { messageOf } from '../../../shared/errors.ts';
import { formatBytes } from '../../../shared/format.ts';
import { unreadable, isSystemError } from '../file-errors.ts';
import type { Unreadable } from '../image-file.ts';
import { readFully } from '../tensor-file.ts';
import { openParquetFile, type ParquetFile } from './parquet-file.ts';

export interface LeafPlace {
  readonly path: string;
  /** So that a file that was written anew is read anew. */
  readonly mtimeMs: number;
  readonly group: number;
  /** The column, from the outside in. */
  readonly leaf: readonly string[];
}

/** Whole numbers of any width are numbers; what is absent is null. */
export type LeafValue = Uint8Array | string | number | null;

const MOST_GROUP_BYTES = 1024 * 0x10_0000;

let latest: { readonly key: string; readonly file: ParquetFile } | undefined;

/** One value for each row, or why there are none, as a part of a sentence. */
export async function readLeaf(place: LeafPlace): Promise<readonly LeafValue[] | Unreadable> {
  const { path, mtimeMs, group, leaf } = place;
  try {
    const key = `${path}\0${mtimeMs}`;
    if (latest?.key !== key) latest = { key, file: await openParquetFile(path) };
    const { metadata, groups } = latest.file;
    const only = withOneLeaf(metadata, group, leaf);
    if ('reason' in only) return only;
    const rows = groups[group]?.rows ?? 0;
    const values = await valuesOf(path, only.metadata, rows);
    return values.length === rows
      ? values
      : { reason: `is damaged: it has ${values.length} values for ${rows} rows` };
  } catch (error) {
    return { reason: isSystemError(error) ? unreadable(error) : damageIn(error) };
  }
}

function damageIn(error: unknown): string {
  return `is damaged: ${messageOf(error).replaceAll(/\s+/g, ' ').slice(0, 200)}`;
}

/** The reader assembles whole structures; of one group and one column it makes only these values. */
function withOneLeaf(
  metadata: FileMetaData,
  group: number,
  leaf: readonly string[],
): { readonly metadata: FileMetaData } | Unreadable {
  const whole = metadata.row_groups[group];
  const columns = whole?.columns.filter(
    ({ meta_data }) => meta_data?.path_in_schema.join('\0') === leaf.join('\0'),
  );
  const [column] = columns ?? [];
  if (whole === undefined || columns === undefined || column?.meta_data === undefined) {
    return { reason: `has no column "${leaf.join('.')}"` };
  }
  const { total_compressed_size, total_uncompressed_size } = column.meta_data;
  const bytes = Math.max(Number(total_compressed_size), Number(total_uncompressed_size));
  if (bytes > MOST_GROUP_BYTES) {
    return {
      reason: `has a row group of ${formatBytes(bytes)}; up to ${formatBytes(MOST_GROUP_BYTES)} are read. Write it with smaller row groups`,
    };
  }
  const { num_rows } = whole;
  return { metadata: { ...metadata, num_rows, row_groups: [{ ...whole, columns }] } };
}

async function valuesOf(path: string, metadata: FileMetaData, rows: number): Promise<LeafValue[]> {
  const handle = await open(path, 'r');
  const values: LeafValue[] = [];
  try {
    await parquetRead({
      file: await bufferOf(handle, path),
      metadata,
      rowEnd: rows,
      utf8: false,
      compressors: bounded,
      onPage: ({ columnData }) => {
        for (let i = 0; i < columnData.length; i++) values.push(valueOf(columnData[i]));
      },
    });
  } finally {
    await handle.close();
  }
  return values;
}

type Decompress = NonNullable<(typeof compressors)[keyof typeof compressors]>;

/** A page that says it unpacks to gigabytes gets no memory. */
const bounded = Object.fromEntries(
  Object.entries(compressors).map(([codec, decompress]): [string, Decompress] => [
    codec,
    (input, outputLength) => {
      if (outputLength <= MOST_GROUP_BYTES) return decompress(input, outputLength);
      throw new Error(`a page announces ${outputLength} bytes`);
    },
  ]),
);

/** A value in a structure that may be absent comes as a list of one, and of none where it is. */
function valueOf(value: unknown): LeafValue {
  if (Array.isArray(value)) return valueOf(value[0]);
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'string' || typeof value === 'number') return value;
  return value instanceof Uint8Array ? value : null;
}

async function bufferOf(handle: FileHandle, path: string): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  return {
    byteLength: size,
    slice: async (start, end = size) => {
      if (start < 0 || end < start || end > size) throw new Error('it ends before its rows do');
      const bytes = new Uint8Array(end - start);
      await readFully(handle, start, bytes, path);
      return bytes.buffer;
    },
  };
}
