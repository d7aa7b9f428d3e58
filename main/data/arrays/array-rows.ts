// Rows of a dataset out of streams of bytes that hold one image after the other. Goes on from any image.
import { inputError } from '../../../shared/errors.ts';
import type { DatasetKind, ImageShape, Problem, SplitName } from '../dataset.ts';
import type { RowsStart, SourceContent, SourceRow } from '../source.ts';

export interface ArraySplit {
  readonly split: SplitName;
  /** The array or file, shown to people; an image is `<name> <number>`. */
  readonly name: string;
  /** A negative label leaves the image out. */
  readonly labels: Int32Array;
  /** The bytes of the images from number `row` on. */
  readonly bytesFrom: (row: number) => AsyncIterable<Uint8Array>;
}

export interface ArrayContent {
  readonly kind: DatasetKind;
  readonly shape: ImageShape;
  /** Colours one after the other, [C, H, W], instead of pixel by pixel. */
  readonly isPlanar: boolean;
  readonly classes: readonly string[];
  /** In the order train, val, test. */
  readonly splits: readonly ArraySplit[];
  readonly problems: readonly Problem[];
}

export function contentOfArrays(content: ArrayContent): SourceContent {
  const { kind, shape, classes, splits } = content;
  const problems = [...content.problems];
  for (const { name, labels } of splits) {
    const unlabelled = labels.reduce((count, label) => count + (label < 0 ? 1 : 0), 0);
    if (unlabelled === 0) continue;
    problems.push({
      source: name,
      reason: `has ${unlabelled} images without a label, which are not used`,
    });
  }
  const rowsFrom = (start: RowsStart): AsyncIterable<SourceRow> => {
    problems.push(...start.problems);
    return rowsOf(content, start.next);
  };
  return {
    ...{ kind, shape, classes, problems },
    rows: rowsOf(content, 0),
    rowsFrom,
    expectedRows: splits.reduce(
      (sum, { labels }) => sum + labels.filter((label) => label >= 0).length,
      0,
    ),
  };
}

/** `start` counts images over all splits, used or not. */
async function* rowsOf(
  { shape, isPlanar, splits }: ArrayContent,
  start: number,
): AsyncGenerator<SourceRow, void, undefined> {
  const { height, width, channels } = shape;
  const rowBytes = height * width * channels;
  const interleaved = new Uint8Array(rowBytes);
  let before = 0;
  for (const { split, name, labels, bytesFrom } of splits) {
    const first = Math.max(0, start - before);
    let row = first;
    if (row < labels.length) {
      let given = 0;
      const bytes = counted(bytesFrom(first), (count) => (given += count));
      for await (const stored of piecesOf(bytes, rowBytes)) {
        if (row >= labels.length) throw tooManyBytes(name, labels.length);
        const label = labels[row] ?? -1;
        const pixels = isPlanar ? interleave(stored, channels, interleaved) : stored;
        if (label >= 0) {
          const position = before + row;
          yield { split, position, label, source: `${name} ${row}`, width, height, pixels };
        }
        row++;
      }
      if (row < labels.length) throw tooFewImages(name, row, labels.length);
      if (given > (row - first) * rowBytes) throw tooManyBytes(name, labels.length);
    }
    before += labels.length;
  }
}

async function* counted(
  bytes: AsyncIterable<Uint8Array>,
  onBytes: (count: number) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of bytes) {
    onBytes(chunk.length);
    yield chunk;
  }
}

/** Images that nobody would be told about. */
function tooManyBytes(name: string, expected: number): Error {
  return inputError(
    'too-many-bytes',
    `"${name}" goes on behind the ${expected} images that it announces; its header is damaged or the file is another one, fetch it again.`,
    { path: name, details: { expected } },
  );
}

function tooFewImages(name: string, given: number, expected: number): Error {
  return inputError(
    'truncated-file',
    `"${name}" ends after ${given} of ${expected} images; the file is truncated, fetch it again.`,
    { path: name, details: { given, expected } },
  );
}

/** Whole pieces of `size` bytes, valid until the next one; what is left at the end is dropped. */
async function* piecesOf(
  bytes: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const split = new Uint8Array(size);
  let filled = 0;
  for await (const chunk of bytes) {
    let at = 0;
    if (filled > 0) {
      at = Math.min(size - filled, chunk.length);
      split.set(chunk.subarray(0, at), filled);
      filled += at;
      if (filled < size) continue;
      filled = 0;
      yield split;
    }
    for (; at + size <= chunk.length; at += size) yield chunk.subarray(at, at + size);
    filled = chunk.length - at;
    split.set(chunk.subarray(at), 0);
  }
}

function interleave(planes: Uint8Array, channels: number, into: Uint8Array): Uint8Array {
  const pixels = planes.length / channels;
  for (let c = 0; c < channels; c++) {
    for (let i = 0, to = c; i < pixels; i++, to += channels) into[to] = planes[c * pixels + i] ?? 0;
  }
  return into;
}
