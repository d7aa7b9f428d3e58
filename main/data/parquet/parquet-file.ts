// What the end of a Parquet file says: its columns, its groups of rows, and what the `datasets` library of
// Hugging Face wrote about them. Reads the footer only, and refuses one that announces more than it may.
import { open } from 'node:fs/promises';
import { parquetMetadata, type FileMetaData } from 'hyparquet';
import { z } from 'zod';
import { parseBoundedJson } from '../../../shared/bounded-json.ts';
import { inputError, messageOf } from '../../../shared/errors.ts';
import { MOST_IMAGES } from '../../../shared/limits.ts';
import { isSystemError, readError } from '../file-errors.ts';
import { readFully } from '../tensor-file.ts';

/** A column that holds values: `image.bytes`, `label`. */
export interface LeafColumn {
  readonly path: readonly string[];
  readonly type: 'bytes' | 'text' | 'number' | 'other';
}

export interface RowGroup {
  /** The number of its first row in the file. */
  readonly start: number;
  readonly rows: number;
}

/** Of a column, as the `datasets` library describes it. */
export type Feature =
  { readonly kind: 'image' } | { readonly kind: 'class'; readonly names: readonly string[] };

export interface ParquetFile {
  readonly path: string;
  readonly rows: number;
  readonly leaves: readonly LeafColumn[];
  readonly groups: readonly RowGroup[];
  readonly features: ReadonlyMap<string, Feature>;
  readonly metadata: FileMetaData;
}

const MOST_FOOTER_BYTES = 128 * 0x10_0000;
/** `PAR1` at both ends, and the footer's length. */
const LEAST_BYTES = 12;
const TAIL_BYTES = 8;

/** @throws inputError `bad-parquet`, `too-many-images`, and what reading fails with */
export async function openParquetFile(path: string): Promise<ParquetFile> {
  const footer = await readFooter(path);
  let metadata: FileMetaData;
  try {
    metadata = parquetMetadata(footer, { geoparquet: false });
  } catch (error) {
    throw badParquet(path, `its footer cannot be read: ${messageOf(error)}`, error);
  }
  const groups = groupsOf(path, metadata);
  const rows = groups.reduce((sum, group) => sum + group.rows, 0);
  const leaves = leavesOf(metadata);
  return { path, rows, leaves, groups, features: featuresOf(metadata), metadata };
}

export function badParquet(path: string, why: string, cause?: unknown): Error {
  return inputError(
    'bad-parquet',
    `${path} is no whole Parquet file: ${why}. Was it downloaded or copied completely?`,
    { path, cause },
  );
}

async function readFooter(path: string): Promise<Uint8Array> {
  try {
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      if (size < LEAST_BYTES) throw badParquet(path, `it has ${size} bytes`);
      const tail = Buffer.alloc(TAIL_BYTES);
      await readFully(handle, size - TAIL_BYTES, tail, path);
      if (tail.toString('latin1', 4) !== 'PAR1') throw badParquet(path, 'its end mark is missing');
      const length = tail.readUInt32LE(0);
      if (length > size - LEAST_BYTES) {
        throw badParquet(path, `its footer is said to have ${length} bytes, the file has ${size}`);
      }
      if (length > MOST_FOOTER_BYTES) {
        throw badParquet(path, `its footer has ${length} bytes, more than any dataset needs`);
      }
      const footer = new Uint8Array(length + TAIL_BYTES);
      await readFully(handle, size - footer.length, footer, path);
      return footer;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw readError(error, path, 'dataset');
  }
}

function groupsOf(path: string, { row_groups }: FileMetaData): RowGroup[] {
  let start = 0;
  return row_groups.map(({ num_rows }) => {
    const rows = Number(num_rows);
    if (!Number.isSafeInteger(rows) || rows < 0 || start + rows > MOST_IMAGES) {
      throw inputError(
        'too-many-images',
        `${path} announces more than ${MOST_IMAGES} rows, or fewer than none; up to ${MOST_IMAGES} are read.`,
        { path, details: { limit: MOST_IMAGES } },
      );
    }
    const group = { start, rows };
    start += rows;
    return group;
  });
}

/** Of the first group: all have the same columns. */
function leavesOf({ row_groups, schema }: FileMetaData): LeafColumn[] {
  const texts = new Set(
    schema
      .filter((one) => one.converted_type === 'UTF8' || one.logical_type?.type === 'STRING')
      .map(({ name }) => name),
  );
  return (row_groups[0]?.columns ?? []).flatMap(({ meta_data }): LeafColumn[] => {
    if (meta_data === undefined) return [];
    const { path_in_schema: path, type } = meta_data;
    const isText = texts.has(path.at(-1) ?? '');
    const kinds: Readonly<Record<string, LeafColumn['type']>> = {
      BYTE_ARRAY: isText ? 'text' : 'bytes',
      INT32: 'number',
      INT64: 'number',
      BOOLEAN: 'number',
    };
    return [{ path, type: kinds[type] ?? 'other' }];
  });
}

const HuggingFace = z.object({
  info: z.object({
    features: z.record(
      z.string(),
      z.looseObject({ _type: z.string().optional(), names: z.array(z.string()).optional() }),
    ),
  }),
});

/** What is not understood is left out: the columns then speak for themselves. */
function featuresOf({ key_value_metadata }: FileMetaData): ReadonlyMap<string, Feature> {
  const text = key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
  const features = new Map<string, Feature>();
  if (text === undefined) return features;
  let value: unknown;
  try {
    value = parseBoundedJson(text);
  } catch {
    return features;
  }
  const known = HuggingFace.safeParse(value);
  for (const [name, feature] of Object.entries(known.data?.info.features ?? {})) {
    if (feature._type === 'Image') features.set(name, { kind: 'image' });
    const { names } = feature;
    if (feature._type === 'ClassLabel' && names !== undefined) {
      features.set(name, { kind: 'class', names });
    }
  }
  return features;
}
