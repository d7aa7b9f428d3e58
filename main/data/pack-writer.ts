// Writes a pack row by row into a temporary file: pixels go out in large blocks while they are hashed,
// the columns stay in memory, the header comes last. Never more than one block of pixels is held.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { writeFully } from '../system/disk.ts';
import { SPLIT_NAMES, type ImageShape, type Problem, type SplitName } from './dataset.ts';
import { NOTE_FIELDS, NOTHING_TO_NOTE } from './image-notes.ts';
import { encodeLine, readJournal, sha256, type JournalLine } from './pack-journal.ts';
import {
  DIGEST_BYTES,
  encodePack,
  PACK_HEADER_BYTES,
  type PackMeta,
  type SectionColumns,
} from './pack-format.ts';
import type { RowsStart, SourceRow } from './source.ts';

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

interface WriterFiles {
  readonly handle: FileHandle;
  readonly log: FileHandle | undefined;
}

/** Makes the pack one that can be continued by another writer after this one was killed. */
export interface WriterJournal {
  readonly path: string;
  /** Take over what is in the file and the journal already. */
  readonly isContinued: boolean;
  /** Problems of the source since the last call. */
  readonly takeProblems: () => readonly Problem[];
}

/** One at a time writes to a pack; rows come in the order train, val, test. */
export class PackWriter {
  readonly #handle: FileHandle;
  readonly #log: FileHandle | undefined;
  readonly #journal: WriterJournal | undefined;
  readonly #channels: number;
  readonly #rowBytes: number;
  readonly #block: Buffer;
  readonly #sections = new Map<SplitName, Growing>();
  #current: { readonly name: SplitName; readonly columns: Growing } | undefined;
  #pixelHash = createHash('sha256');
  /** Bytes of the block that wait to be written. */
  #filled = 0;
  /** Where the next pixels go in the file. */
  #position = PACK_HEADER_BYTES;
  /** The first row of this section that the journal does not have. */
  #firstRow = 0;
  /** Where the source goes on after the last row. */
  #next = 0;
  readonly #restored: Problem[] = [];

  private constructor(files: WriterFiles, shape: ImageShape, journal: WriterJournal | undefined) {
    this.#handle = files.handle;
    this.#log = files.log;
    this.#journal = journal;
    this.#channels = shape.channels;
    this.#rowBytes = shape.height * shape.width * shape.channels;
    const rows = Math.max(1, Math.floor(BLOCK_BYTES / this.#rowBytes));
    this.#block = Buffer.alloc(rows * this.#rowBytes);
  }

  static async open(path: string, shape: ImageShape, journal?: WriterJournal): Promise<PackWriter> {
    const isContinued =
      journal?.isContinued === true && existsSync(path) && existsSync(journal.path);
    const handle = await open(path, isContinued ? 'r+' : 'wx');
    const log = journal === undefined ? undefined : await open(journal.path, 'a');
    const writer = new PackWriter({ handle, log }, shape, journal);
    try {
      if (isContinued) await writer.#takeOver(journal.path);
    } catch (error) {
      await writer.close();
      throw error;
    }
    return writer;
  }

  /** Where the source goes on: not at its beginning if the file was taken over. */
  get start(): RowsStart {
    return { next: this.#next, problems: this.#restored };
  }

  get rowCount(): number {
    return [...this.#sections.values()].reduce((sum, { labels }) => sum + labels.length, 0);
  }

  /** Resolves later only when a block is written. */
  add(row: SourceRow): Promise<void> | undefined {
    if (row.pixels.length !== this.#rowBytes) {
      throw new Error(`${row.source} has ${row.pixels.length} bytes instead of ${this.#rowBytes}.`);
    }
    return this.#current?.name === row.split
      ? this.#append(this.#current.columns, row)
      : this.#beginSection(row.split).then((columns) => this.#append(columns, row));
  }

  /** Completes the file and forces it to the disk. */
  async finish(meta: Omit<PackMeta, 'fingerprint'>): Promise<void> {
    await this.#flush();
    this.#endSection();
    const sections = [...this.#sections];
    const columns = new Map(sections.map(([name, growing]) => [name, frozen(growing)]));
    const digests = new Map(sections.map(([name, growing]) => [name, growing.pixelDigest]));
    const fingerprint = fingerprintOf(meta.classes, meta.shape, columns, digests);
    const { header, tail } = encodePack({ ...meta, fingerprint }, columns);
    for (const part of tail) {
      await writeFully(this.#handle, part, this.#position);
      this.#position += part.length;
    }
    // A builder before this one may have written further than its journal vouches for.
    await this.#handle.truncate(this.#position);
    await writeFully(this.#handle, header, 0);
    await this.#handle.sync();
  }

  async close(): Promise<void> {
    await this.#log?.close();
    await this.#handle.close();
  }

  #append(columns: Growing, row: SourceRow): Promise<void> | undefined {
    this.#block.set(row.pixels, this.#filled);
    this.#filled += this.#rowBytes;
    this.#next = (row.position ?? 0) + 1;
    columns.labels.push(row.label);
    columns.sizes.push(row.width, row.height);
    appendSums(columns.sums, row.pixels, this.#channels);
    const { kinds, share, low, high, further } = row.notes ?? NOTHING_TO_NOTE;
    columns.notes.push(kinds, share, low, high, further);
    appendName(columns, Buffer.from(row.source));
    columns.digests.push(digestOf(row.pixels));
    return this.#filled === this.#block.length ? this.#flush() : undefined;
  }

  async #flush(): Promise<void> {
    if (this.#current === undefined) return;
    const part = this.#block.subarray(0, this.#filled);
    this.#pixelHash.update(part);
    this.#filled = 0;
    await writeFully(this.#handle, part, this.#position);
    this.#position += part.length;
    await this.#writeJournal(this.#current, part);
  }

  /** One line for the rows since the last. */
  async #writeJournal(
    { name, columns }: { readonly name: SplitName; readonly columns: Growing },
    part: Uint8Array,
  ): Promise<void> {
    if (this.#log === undefined || this.#journal === undefined) return;
    const first = this.#firstRow;
    const line: JournalLine = {
      split: name,
      pixelBytes: part.length,
      sha256: sha256(part),
      labels: columns.labels.slice(first),
      sizes: columns.sizes.slice(2 * first),
      sums: columns.sums.slice(2 * this.#channels * first),
      notes: columns.notes.slice(NOTE_FIELDS * first),
      names: columns.names.slice(first).map((bytes) => bytes.toString('utf8')),
      next: this.#next,
      problems: [...this.#journal.takeProblems()],
    };
    this.#firstRow = columns.labels.length;
    await this.#log.write(encodeLine(line));
  }

  async #beginSection(name: SplitName): Promise<Growing> {
    await this.#flush();
    const last = this.#current?.name;
    if (last !== undefined && SPLIT_NAMES.indexOf(name) <= SPLIT_NAMES.indexOf(last)) {
      throw new Error(`Rows of ${name} came after rows of ${last}.`);
    }
    return this.#changeSection(name);
  }

  #changeSection(name: SplitName): Growing {
    this.#endSection();
    const columns = emptyColumns();
    this.#current = { name, columns };
    this.#firstRow = 0;
    this.#sections.set(name, columns);
    return columns;
  }

  #endSection(): void {
    if (this.#current === undefined) return;
    this.#current.columns.pixelDigest = this.#pixelHash.digest('hex');
    this.#pixelHash = createHash('sha256');
  }

  /** What another writer left in the file, as far as the journal vouches for it. */
  #takeOver(journalPath: string): Promise<void> {
    return readJournal(
      journalPath,
      async (byteCount) => {
        const bytes = Buffer.alloc(byteCount);
        const { bytesRead } = await this.#handle.read(bytes, 0, byteCount, this.#position);
        return bytesRead === byteCount ? bytes : undefined;
      },
      (line, pixels) => this.#takeOverLine(line, pixels),
    );
  }

  #takeOverLine(line: JournalLine, pixels: Uint8Array): void {
    const columns =
      this.#current?.name === line.split ? this.#current.columns : this.#changeSection(line.split);
    for (const label of line.labels) columns.labels.push(label);
    for (const size of line.sizes) columns.sizes.push(size);
    for (const sum of line.sums) columns.sums.push(sum);
    for (const note of line.notes) columns.notes.push(note);
    for (const name of line.names) appendName(columns, Buffer.from(name));
    for (let start = 0; start < pixels.length; start += this.#rowBytes) {
      columns.digests.push(digestOf(pixels.subarray(start, start + this.#rowBytes)));
    }
    this.#pixelHash.update(pixels);
    this.#position += pixels.length;
    this.#firstRow = columns.labels.length;
    this.#next = line.next;
    this.#restored.push(...line.problems);
  }
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
