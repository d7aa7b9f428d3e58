// Writes a pack row by row into a temporary file: pixels go out in large blocks while they are hashed,
// the columns stay in memory, the header comes last. Never more than one block of pixels is held.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { writeFully } from '../system/disk.ts';
import { SPLIT_NAMES, type ImageShape, type Problem, type SplitName } from './dataset.ts';
import { NOTHING_TO_NOTE } from './image-notes.ts';
import { encodeLine, readJournal, sha256, type JournalLine } from './pack-journal.ts';
import {
  DIGEST_BYTES,
  encodePack,
  PACK_HEADER_BYTES,
  type PackMeta,
  type SectionColumns,
} from './pack-format.ts';
import type { RowsStart, SourceRow } from './source.ts';

export interface PackWriter {
  /** Rows must come in the order train, val, test. Resolves later only when a block is written. */
  add(row: SourceRow): Promise<void> | undefined;
  /** Where the source goes on: not at its beginning if the file was taken over. */
  readonly start: RowsStart;
  readonly rowsBefore: number;
  /** Completes the file and forces it to the disk. */
  finish(meta: Omit<PackMeta, 'fingerprint'>): Promise<void>;
  close(): Promise<void>;
}

const BLOCK_BYTES = 4 * 0x10_0000;

interface Growing {
  readonly labels: number[];
  readonly sizes: number[];
  readonly sums: number[];
  readonly notes: number[];
  readonly nameEnds: number[];
  readonly names: Buffer[];
  readonly digests: Buffer[];
  nameBytes: number;
  pixelDigest: string;
}

/** Makes the pack one that can be continued by another writer after this one was killed. */
export interface WriterJournal {
  readonly path: string;
  /** Take over what is in the file and the journal already. */
  readonly isContinued: boolean;
  /** Problems of the source since the last call. */
  readonly takeProblems: () => readonly Problem[];
}

export async function createPackWriter(
  path: string,
  shape: ImageShape,
  journal?: WriterJournal,
): Promise<PackWriter> {
  const isContinued = journal?.isContinued === true && existsSync(path) && existsSync(journal.path);
  const handle = await open(path, isContinued ? 'r+' : 'wx');
  const log = journal === undefined ? undefined : await open(journal.path, 'a');
  const { channels } = shape;
  const rowBytes = shape.height * shape.width * channels;
  const block = Buffer.alloc(Math.max(1, Math.floor(BLOCK_BYTES / rowBytes)) * rowBytes);
  const sections = new Map<SplitName, Growing>();
  let current: { readonly name: SplitName; readonly columns: Growing } | undefined;
  let pixelHash = createHash('sha256');
  let filled = 0;
  let position = PACK_HEADER_BYTES;
  let firstRow = 0;
  let next = 0;
  const restored: Problem[] = [];

  const flush = async (): Promise<void> => {
    const part = block.subarray(0, filled);
    pixelHash.update(part);
    filled = 0;
    await writeFully(handle, part, position);
    position += part.length;
    await note(part);
  };
  /** One line for the rows since the last. */
  const note = async (part: Uint8Array): Promise<void> => {
    if (log === undefined || journal === undefined || current === undefined) return;
    const { name, columns } = current;
    const names = columns.names.slice(firstRow).map((bytes) => bytes.toString('utf8'));
    const line: JournalLine = {
      split: name,
      pixelBytes: part.length,
      sha256: sha256(part),
      labels: columns.labels.slice(firstRow),
      sizes: columns.sizes.slice(2 * firstRow),
      sums: columns.sums.slice(2 * channels * firstRow),
      notes: columns.notes.slice(4 * firstRow),
      names,
      next,
      problems: [...journal.takeProblems()],
    };
    firstRow = columns.labels.length;
    await log.write(encodeLine(line));
  };
  const beginSection = async (name: SplitName): Promise<Growing> => {
    await endSection();
    if (current !== undefined && SPLIT_NAMES.indexOf(name) <= SPLIT_NAMES.indexOf(current.name)) {
      throw new Error(`Rows of ${name} came after rows of ${current.name}.`);
    }
    const columns = emptyColumns();
    current = { name, columns };
    firstRow = 0;
    sections.set(name, columns);
    return columns;
  };
  const endSection = async (): Promise<void> => {
    if (current === undefined) return;
    await flush();
    current.columns.pixelDigest = pixelHash.digest('hex');
    pixelHash = createHash('sha256');
  };
  const append = (columns: Growing, row: SourceRow): Promise<void> | undefined => {
    block.set(row.pixels, filled);
    filled += rowBytes;
    next = (row.position ?? 0) + 1;
    columns.labels.push(row.label);
    columns.sizes.push(row.width, row.height);
    appendSums(columns.sums, row.pixels, channels);
    const { kinds, share, low, high } = row.notes ?? NOTHING_TO_NOTE;
    columns.notes.push(kinds, share, low, high);
    appendName(columns, Buffer.from(row.source));
    columns.digests.push(digestOf(row.pixels));
    return filled === block.length ? flush() : undefined;
  };
  if (isContinued) {
    await readJournal(
      journal.path,
      async (byteCount) => {
        const bytes = Buffer.alloc(byteCount);
        const { bytesRead } = await handle.read(bytes, 0, byteCount, position);
        return bytesRead === byteCount ? bytes : undefined;
      },
      (line, pixels) => {
        if (current?.name !== line.split) {
          if (current !== undefined) {
            current.columns.pixelDigest = pixelHash.digest('hex');
            pixelHash = createHash('sha256');
          }
          current = { name: line.split, columns: emptyColumns() };
          sections.set(line.split, current.columns);
        }
        const { columns } = current;
        for (const label of line.labels) columns.labels.push(label);
        for (const size of line.sizes) columns.sizes.push(size);
        for (const sum of line.sums) columns.sums.push(sum);
        for (const note of line.notes) columns.notes.push(note);
        for (const name of line.names) appendName(columns, Buffer.from(name));
        for (let start = 0; start < pixels.length; start += rowBytes) {
          columns.digests.push(digestOf(pixels.subarray(start, start + rowBytes)));
        }
        pixelHash.update(pixels);
        position += pixels.length;
        firstRow = columns.labels.length;
        next = line.next;
        restored.push(...line.problems);
      },
    );
  }
  return {
    start: { next, problems: restored },
    rowsBefore: [...sections.values()].reduce((sum, { labels }) => sum + labels.length, 0),
    add: (row) => {
      if (row.pixels.length !== rowBytes) {
        throw new Error(`${row.source} has ${row.pixels.length} bytes instead of ${rowBytes}.`);
      }
      return current?.name === row.split
        ? append(current.columns, row)
        : beginSection(row.split).then((columns) => append(columns, row));
    },
    finish: async (meta) => {
      await endSection();
      const columns = new Map([...sections].map(([name, growing]) => [name, frozen(growing)]));
      const digests = new Map([...sections].map(([name, growing]) => [name, growing.pixelDigest]));
      const fingerprint = fingerprintOf(meta.classes, meta.shape, columns, digests);
      const { header, tail } = encodePack({ ...meta, fingerprint }, columns);
      for (const part of tail) {
        await writeFully(handle, part, position);
        position += part.length;
      }
      await writeFully(handle, header, 0);
      await handle.sync();
    },
    close: async () => {
      await log?.close();
      await handle.close();
    },
  };
}

function emptyColumns(): Growing {
  return {
    labels: [],
    sizes: [],
    sums: [],
    notes: [],
    nameEnds: [],
    names: [],
    digests: [],
    nameBytes: 0,
    pixelDigest: '',
  };
}

function appendName(columns: Growing, name: Buffer): void {
  columns.names.push(name);
  columns.nameEnds.push((columns.nameBytes += name.length));
}

function digestOf(pixels: Uint8Array): Buffer {
  return createHash('sha256').update(pixels).digest().subarray(0, DIGEST_BYTES);
}

function appendSums(sums: number[], pixels: Uint8Array, channels: number): void {
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    let squares = 0;
    for (let i = c; i < pixels.length; i += channels) {
      const value = pixels[i] ?? 0;
      sum += value;
      squares += value * value;
    }
    sums.push(sum, squares);
  }
}

function frozen(growing: Growing): SectionColumns {
  return {
    labels: Int32Array.from(growing.labels),
    sizes: Uint16Array.from(growing.sizes),
    sums: Float64Array.from(growing.sums),
    notes: Uint16Array.from(growing.notes),
    nameEnds: Uint32Array.from(growing.nameEnds),
    names: Buffer.concat(growing.names),
    digests: Buffer.concat(growing.digests),
  };
}

/**
 * SHA-256 over the JSON of classes, shape and, per split, the SHA-256 of the labels (int32,
 * little-endian) and of the pixels. File names and times do not count: the same images in another
 * folder are the same data.
 */
function fingerprintOf(
  classes: readonly string[],
  { height, width, channels }: ImageShape,
  columns: ReadonlyMap<SplitName, SectionColumns>,
  pixelDigests: ReadonlyMap<SplitName, string>,
): string {
  const splits = [...columns].map(([name, { labels }]) => [
    name,
    labels.length,
    createHash('sha256').update(labels).digest('hex'),
    pixelDigests.get(name),
  ]);
  return createHash('sha256')
    .update(JSON.stringify([classes, [height, width, channels], splits]))
    .digest('hex');
}
