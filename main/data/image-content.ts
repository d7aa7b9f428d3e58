// The rows of a listed tree of images: measures every header to choose one shape, then decodes the files
// in order, several at once. A file that cannot be used is left out and named with the reason.
import { inputError } from '../../shared/errors.ts';
import { pixelRulesOf, type PixelRules } from '../../shared/spec/pixel-rules.ts';
import type { Problem } from './dataset.ts';
import type { Decoders } from './decoding/decoder-pool.ts';
import { helperProgram } from '../system/helper-process.ts';
import { openDecoders } from './decoding/decoders.ts';
import {
  whyNone,
  type FolderListing,
  type LayoutOptions,
  type ListedFile,
} from './folder-listing.ts';
import type { FileTree } from './file-tree.ts';
import type { Decoded } from './image-decoder.ts';
import { isRefusal, type ImageHeader, type NotAnImage } from './image-facts.ts';
import {
  isUnreadable,
  readImageFile,
  readImageStart,
  type ImageFile,
  type Unreadable,
} from './image-file.ts';
import { readImageHeader } from './image-header.ts';
import { chooseShape, type ShapeOptions } from './image-size.ts';
import { mapInOrder } from './parallel-map.ts';
import { cancelled, createProgressMeter, throwIfCancelled, type Watch } from './progress.ts';
import type { RowsStart, SourceContent, SourceRow } from './source.ts';

export interface ContentOptions extends ShapeOptions, LayoutOptions, PixelRules {
  /** The bundled decoder; else the one beside this bundle. */
  readonly decoderProgram?: string | undefined;
}

const HEADER_BYTES = [16 * 1024, 1024 * 1024] as const;
/** A batch is decoded by one process and comes back as one message. */
const MOST_IN_BATCH = 32;
/** They travel with the batch. */
const MOST_FETCHED_IN_BATCH = 8;
/** Of rows: several batches for each process are held at once. */
const MOST_BATCH_BYTES = 4 * 0x10_0000;

/** @throws `no-images` when none of the listed files can be used */
export async function readContent(
  listing: FolderListing,
  options: ContentOptions,
  watch: Watch,
): Promise<SourceContent> {
  const problems: Problem[] = [...listing.problems];
  const { usable, headers } = await measure(
    listing,
    { isTolerant: options.damaged === 'accept', problems },
    watch,
  );
  if (usable.length === 0) throw noImages(listing, problems);
  const shape = chooseShape(headers, options);
  const decodeFrom = (start: RowsStart): AsyncIterable<SourceRow> => {
    problems.push(...start.problems);
    const files = usable.slice(start.next);
    const decoders = (): Decoders =>
      openDecoders({
        fitting: { shape, policy: options.resize ?? 'crop', rules: pixelRulesOf(options) },
        count: files.length,
        program: options.decoderProgram ?? helperProgram('decoder'),
      });
    const rowBytes = shape.height * shape.width * shape.channels;
    return decodeAll(
      { files, rowBytes, first: start.next, tree: listing.tree },
      { decoders, problems, watch },
    );
  };
  return {
    kind: 'folder',
    shape,
    classes: listing.classes,
    rows: decodeFrom({ next: 0, problems: [] }),
    rowsFrom: decodeFrom,
    problems,
    unused: listing.unused,
    layout: listing.layout,
    expectedRows: usable.length,
  };
}

async function measure(
  { tree, files }: FolderListing,
  { isTolerant, problems }: { readonly isTolerant: boolean; readonly problems: Problem[] },
  watch: Watch,
): Promise<{ usable: ListedFile[]; headers: ImageHeader[] }> {
  const meter = createProgressMeter('measure', files.length, watch);
  const usable: ListedFile[] = [];
  const headers: ImageHeader[] = [];
  const buffer = Buffer.alloc(HEADER_BYTES[1]);
  for (const file of files) {
    const place = tree.fetch === undefined ? tree.locate(file.path) : await tree.fetch(file.path);
    const header = isUnreadable(place)
      ? { ...place, needsMore: false }
      : readHeaderOf(place, buffer, isTolerant);
    if (isRefusal(header)) {
      problems.push({ source: file.path, reason: header.reason });
    } else {
      usable.push(file);
      headers.push(header);
    }
    const pause = meter.advance();
    if (pause !== undefined) await pause;
  }
  meter.finish();
  return { usable, headers };
}

/** Synchronous: for small reads a round trip through libuv's threads costs several times the read. */
function readHeaderOf(
  file: ImageFile,
  buffer: Buffer,
  isTolerant: boolean,
): ImageHeader | NotAnImage {
  for (const wanted of HEADER_BYTES) {
    const start = readImageStart(file, buffer.subarray(0, wanted));
    if (isUnreadable(start)) return { ...start, needsMore: false };
    const header = readImageHeader(start.bytes, start.isWhole, isTolerant);
    if (!isRefusal(header) || !header.needsMore) return header;
  }
  // Some formats have their header at the end.
  const whole = readImageFile(file);
  if (isUnreadable(whole)) return { ...whole, needsMore: false };
  return readImageHeader(whole, true, isTolerant);
}

interface ToDecode {
  readonly files: readonly ListedFile[];
  readonly rowBytes: number;
  /** The position of the first of them. */
  readonly first: number;
  readonly tree: FileTree;
}

interface Decoding {
  readonly decoders: () => Decoders;
  readonly problems: Problem[];
  readonly watch: Watch;
}

async function* decodeAll(
  { files, rowBytes, first, tree }: ToDecode,
  { decoders: open, problems, watch: { signal } }: Decoding,
): AsyncGenerator<SourceRow, void, undefined> {
  const decoders = open();
  const onAbort = (): void => decoders.close(signal && cancelled(signal));
  signal?.addEventListener('abort', onAbort, { once: true });
  const decode = async (batch: readonly ListedFile[]): Promise<DecodedBatch> => ({
    batch,
    decoded: await decodeBatch(batch, tree, decoders),
  });
  let position = first - 1;
  try {
    const mostInBatch = tree.fetch === undefined ? MOST_IN_BATCH : MOST_FETCHED_IN_BATCH;
    const most = Math.min(mostInBatch, Math.floor(MOST_BATCH_BYTES / rowBytes));
    // Smaller ones for few files, so that every process gets some.
    const size = Math.min(most, Math.ceil(files.length / decoders.maxParallelBatches));
    const batches = batchesOf(files, Math.max(1, size));
    for await (const { batch, decoded } of mapInOrder(
      batches,
      decoders.maxParallelBatches,
      decode,
    )) {
      for (const [i, { split, label, path }] of batch.entries()) {
        position++;
        throwIfCancelled(signal);
        const image = decoded[i];
        if (image === undefined) throw new Error(`The decoder gave no answer for ${path}.`);
        if ('reason' in image) problems.push({ source: path, reason: image.reason });
        else yield { split, label, source: path, position, ...image };
      }
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    decoders.close();
  }
}

/** In the order of the files; what cannot be fetched is not decoded. */
async function decodeBatch(
  batch: readonly ListedFile[],
  tree: FileTree,
  decoders: Decoders,
): Promise<readonly Decoded[]> {
  const placeOf = async ({ path }: ListedFile): Promise<ImageFile | Unreadable> =>
    tree.fetch === undefined ? tree.locate(path) : tree.fetch(path);
  const places = await Promise.all(batch.map(placeOf));
  const there = places.filter((place): place is ImageFile => !isUnreadable(place));
  const decoded = there.length === 0 ? [] : await decoders.decode(there);
  let next = 0;
  return places.map((place): Decoded => {
    if (isUnreadable(place)) return place;
    return decoded[next++] ?? { reason: 'was not answered by the decoder' };
  });
}

interface DecodedBatch {
  readonly batch: readonly ListedFile[];
  readonly decoded: readonly Decoded[];
}

function* batchesOf(files: readonly ListedFile[], size: number): Generator<readonly ListedFile[]> {
  for (let start = 0; start < files.length; start += size) yield files.slice(start, start + size);
}

export function noImages(
  { tree: { root }, classes }: FolderListing,
  problems: readonly Problem[],
): Error {
  return inputError(
    'no-images',
    `${root} has ${classes.length} ${classes.length === 1 ? 'folder' : 'folders'} but no usable images; ${whyNone(problems)}.`,
    { path: root, details: { classes, problems: problems.slice(0, 100) } },
  );
}
