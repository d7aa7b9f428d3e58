// Turns an open pack into a Dataset: draws the validation split if there is none, loads the rows into
// memory when they fit the budget, else leaves them in the file. Statistics come from the pack's sums.
import type { PixelRules } from '../../shared/spec/pixel-rules.ts';
import type { Decided } from './decisions.ts';
import type { Dataset, ImageShape, Split, SplitName, Statistics } from './dataset.ts';
import { DIGEST_BYTES, nameIn, notesIn, type OpenPack, type PackSection } from './pack-format.ts';
import { firstOfEqual } from './equal-images.ts';
import { createPulse, type Watch } from './progress.ts';
import { fileRows, memoryRows, type RowReader } from './row-reader.ts';
import { drawSplit } from './split.ts';
import { readFully } from './tensor-file.ts';

export interface OpenedOptions extends Decided {
  readonly name: string;
  readonly valFraction: number;
  readonly splitSeed: number;
  /** 1: equal images may be on both sides of a drawn split, as before. */
  readonly rules: 1 | 2;
  readonly pixelRules: PixelRules;
  /** The most bytes of pixels to hold in memory. */
  readonly memoryBudgetBytes: number;
}

const BLOCK_BYTES = 16 * 0x10_0000;

/** Rows of a section that form a split; `rows` undefined means all of them. */
interface Part {
  readonly name: SplitName;
  readonly section: PackSection;
  readonly rows: Int32Array | undefined;
}

export async function datasetFrom(
  pack: OpenPack,
  options: OpenedOptions,
  watch: Watch = {},
): Promise<Dataset> {
  const drawn = pack.sections.get('val') === undefined && options.valFraction > 0;
  const parts = drawn ? withDrawnVal(pack, options) : wholeSections(pack);
  const pixelBytes = parts.reduce((sum, { section, rows }) => {
    return sum + (rows?.length ?? section.count) * section.rowBytes;
  }, 0);
  const streamed = pixelBytes > options.memoryBudgetBytes;
  const images = streamed ? undefined : await loadAll(pack, parts, watch);
  const split = new Map(
    parts.map((part, i) => [part.name, splitFrom(pack, part, images?.[i])] as const),
  );
  if (!streamed) await pack.file.close();
  const train = split.get('train');
  const val = split.get('val');
  const test = split.get('test');
  const trainPart = parts.find((part) => part.name === 'train');
  if (train === undefined || trainPart === undefined) {
    throw new Error(`${pack.file.path} has no training rows.`);
  }
  return {
    name: options.name,
    kind: pack.kind,
    fingerprint: pack.fingerprint,
    shape: pack.shape,
    classes: pack.classes,
    splits: {
      train,
      ...(val === undefined ? {} : { val }),
      ...(test === undefined ? {} : { test }),
    },
    splitOrigin: drawn
      ? { kind: 'drawn', valFraction: options.valFraction, seed: options.splitSeed }
      : { kind: 'source' },
    problems: pack.problems,
    pixelRules: options.pixelRules,
    unused: pack.unused,
    layout: pack.layout,
    leftOut: options.leftOut,
    relabelled: options.relabelled,
    statistics: statisticsOf(trainPart, pack.shape),
    streamed,
    close: () => (streamed ? pack.file.close() : Promise.resolve()),
  };
}

function wholeSections({ sections }: OpenPack): Part[] {
  return [...sections.values()].map((section) => ({
    name: section.name,
    section,
    rows: undefined,
  }));
}

function withDrawnVal(pack: OpenPack, { valFraction, splitSeed, rules }: OpenedOptions): Part[] {
  return [...pack.sections.values()].flatMap((section): Part[] => {
    if (section.name !== 'train') return [{ name: section.name, section, rows: undefined }];
    const { train, val } = drawSplit(section.labels, pack.classes.length, {
      fraction: valFraction,
      seed: splitSeed,
      equal: rules === 1 ? undefined : firstOfEqual(section.digests),
    });
    if (val.length === 0) return [{ name: 'train', section, rows: undefined }];
    return [
      { name: 'train', section, rows: train },
      { name: 'val', section, rows: val },
    ];
  });
}

function splitFrom(
  pack: OpenPack,
  { name, section, rows }: Part,
  images: Uint8Array | undefined,
): Split {
  const { rowBytes } = section;
  const rowAt = (index: number): number => rows?.[index] ?? index;
  const readRows =
    images === undefined
      ? throughRows(fileRows(pack.file, section.offset, rowBytes), storedRows(section, rows))
      : memoryRows(images, rowBytes);
  return {
    name,
    count: rows?.length ?? section.count,
    rowBytes,
    labels: rows?.map((row) => section.labels[row] ?? 0) ?? section.labels,
    images,
    digests: digestsOf(section, rows),
    sourceOf: (index) => nameIn(section, rowAt(index)),
    originalSizeOf: (index) => ({
      width: section.sizes[rowAt(index) * 2] ?? 0,
      height: section.sizes[rowAt(index) * 2 + 1] ?? 0,
    }),
    notesOf: (index) => notesIn(section, rowAt(index)),
    readRows,
  };
}

function digestsOf({ digests }: PackSection, rows: Int32Array | undefined): Uint8Array {
  if (rows === undefined) return digests;
  const result = new Uint8Array(rows.length * DIGEST_BYTES);
  rows.forEach((row, i) => {
    const start = row * DIGEST_BYTES;
    result.set(digests.subarray(start, start + DIGEST_BYTES), i * DIGEST_BYTES);
  });
  return result;
}

/** Rows of the file; undefined means all of them. */
function storedRows({ storedRows: stored }: PackSection, rows: Int32Array | undefined) {
  if (stored === undefined || rows === undefined) return stored ?? rows;
  return rows.map((row) => stored[row] ?? 0);
}

function throughRows(read: RowReader, rows: Int32Array | undefined): RowReader {
  if (rows === undefined) return read;
  return (indices, into) =>
    read(
      indices.map((index) => rows[index] ?? 0),
      into,
    );
}

/** Reads each section once, block by block, and puts every row where its split wants it. */
async function loadAll(
  pack: OpenPack,
  parts: readonly Part[],
  watch: Watch,
): Promise<Uint8Array[]> {
  const images = parts.map(({ section, rows }) => {
    return new Uint8Array((rows?.length ?? section.count) * section.rowBytes);
  });
  const total = [...pack.sections.values()].reduce((sum, section) => sum + storedCount(section), 0);
  const pulse = createPulse('read', total, watch);
  for (const section of pack.sections.values()) {
    const { rowBytes, offset } = section;
    const count = storedCount(section);
    const takers = parts.flatMap((part, i) => {
      const into = images[i];
      if (part.section !== section || into === undefined) return [];
      return [blockTaker(section.rowBytes, storedRows(section, part.rows), into)];
    });
    const rowsPerBlock = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes));
    const block = new Uint8Array(Math.min(rowsPerBlock, count) * rowBytes);
    for (let start = 0; start < count; start += rowsPerBlock) {
      const rows = Math.min(rowsPerBlock, count - start);
      const bytes = block.subarray(0, rows * rowBytes);
      await readFully(pack.file.handle, offset + start * rowBytes, bytes, pack.file.path);
      for (const take of takers) take(bytes, start, start + rows);
      await pulse.beat(rows);
    }
  }
  return images;
}

/** As far as rows have to be read. */
function storedCount({ count, storedRows: stored }: PackSection): number {
  return stored === undefined ? count : (stored.at(-1) ?? -1) + 1;
}

/** Copies a part's rows out of successive blocks that hold the rows `start` … `end - 1`. */
function blockTaker(
  rowBytes: number,
  rows: Int32Array | undefined,
  into: Uint8Array,
): (block: Uint8Array, start: number, end: number) => void {
  if (rows === undefined) return (block, start) => into.set(block, start * rowBytes);
  let at = 0;
  return (block, start, end) => {
    for (let row = rows[at]; row !== undefined && row < end; row = rows[at]) {
      // A drawn train split is long runs of neighbours: they are copied at once.
      let length = 1;
      while (row + length < end && rows[at + length] === row + length) length++;
      const from = (row - start) * rowBytes;
      into.set(block.subarray(from, from + length * rowBytes), at * rowBytes);
      at += length;
    }
  };
}

/** Exact: the sums are whole numbers, and only the last division rounds. */
function statisticsOf(
  { section, rows }: Part,
  { height, width, channels }: ImageShape,
): Statistics {
  const count = rows?.length ?? section.count;
  const pixels = count * height * width;
  const mean: number[] = [];
  const std: number[] = [];
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < count; i++) {
      const at = ((rows?.[i] ?? i) * channels + c) * 2;
      sum += section.sums[at] ?? 0;
      squares += section.sums[at + 1] ?? 0;
    }
    const average = sum / pixels;
    mean.push(average / 255);
    std.push(Math.sqrt(Math.max(0, squares / pixels - average * average)) / 255);
  }
  return { mean, std };
}
