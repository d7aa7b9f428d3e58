// Turns an open pack into a Dataset: draws the validation split if there is none. Rows stay in the file and
// are read from there; statistics come from the pack's sums.
import type { PixelRules } from '../../shared/spec/pixel-rules.ts';
import type { Decided } from './decisions.ts';
import type { Dataset, ImageShape, Split, SplitName, Statistics } from './dataset.ts';
import { DIGEST_BYTES, nameIn, notesIn, type OpenPack, type PackSection } from './pack-format.ts';
import { firstOfEqual } from './equal-images.ts';
import { fileRows, type RowReader } from './row-reader.ts';
import { drawSplit } from './split.ts';

export interface DatasetOptions extends Decided {
  readonly name: string;
  readonly valFraction: number;
  readonly splitSeed: number;
  /** 1: equal images may be on both sides of a drawn split, as before. */
  readonly rules: 1 | 2;
  readonly pixelRules: PixelRules;
}

/** Rows of a section that form a split; `rows` undefined means all of them. */
interface Part {
  readonly name: SplitName;
  readonly section: PackSection;
  readonly rows: Int32Array | undefined;
}

/** @throws Error if the pack has no training rows */
export function datasetFrom(pack: OpenPack, options: DatasetOptions): Dataset {
  const drawn = pack.sections.get('val') === undefined && options.valFraction > 0;
  const parts = drawn ? withDrawnVal(pack, options) : wholeSections(pack);
  const split = new Map(parts.map((part) => [part.name, splitFrom(pack, part)] as const));
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
    close: () => pack.file.close(),
  };
}

function wholeSections({ sections }: OpenPack): Part[] {
  return [...sections.values()].map((section) => ({
    name: section.name,
    section,
    rows: undefined,
  }));
}

function withDrawnVal(pack: OpenPack, { valFraction, splitSeed, rules }: DatasetOptions): Part[] {
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

function splitFrom(pack: OpenPack, { name, section, rows }: Part): Split {
  const { rowBytes } = section;
  const rowAt = (index: number): number => rows?.[index] ?? index;
  return {
    name,
    count: rows?.length ?? section.count,
    rowBytes,
    labels: rows?.map((row) => section.labels[row] ?? 0) ?? section.labels,
    digests: digestsOf(section, rows),
    sourceOf: (index) => nameIn(section, rowAt(index)),
    originalSizeOf: (index) => ({
      width: section.sizes[rowAt(index) * 2] ?? 0,
      height: section.sizes[rowAt(index) * 2 + 1] ?? 0,
    }),
    notesOf: (index) => notesIn(section, rowAt(index)),
    readRows: throughRows(fileRows(pack.file, section.offset, rowBytes), storedRows(section, rows)),
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
