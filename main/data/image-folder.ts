// The image folder as a source: measures every header to choose one shape, then decodes the files in
// parallel, in order. A file that cannot be used is left out and named with the reason.
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { inputError } from '../../shared/errors.ts';
import type { ResizePolicy } from '../../shared/spec/run.ts';
import type { ImageShape, Problem } from './dataset.ts';
import {
  listImageFolder,
  unreadable,
  type FolderListing,
  type ListedFile,
} from './folder-listing.ts';
import { decodeImage, DECODER_VERSION, type Decoded } from './image-decoder.ts';
import { isRefusal, type ImageHeader, type NotAnImage } from './image-facts.ts';
import { readImageHeader } from './image-header.ts';
import { chooseShape, type ShapeOptions } from './image-size.ts';
import { mapInOrder } from './parallel-map.ts';
import { createPulse, throwIfCancelled, type Watch } from './progress.ts';
import type { RowsStart, Source, SourceContent, SourceRow } from './source.ts';

/** Characters to hash at once: a call for each file would cost more than the hashing. */
const HASH_BLOCK = 0x1_0000;
const HEADER_BYTES = [16 * 1024, 1024 * 1024] as const;
/** libuv's threads decode; a few files for each keep them busy while a large one holds up the order. */
const DECODES_AT_ONCE = 4 * (Number(process.env['UV_THREADPOOL_SIZE']) || 4);

/** Lists the folder (this is what a second opening pays for) and describes it as a source. */
export async function openImageFolder(
  folder: string,
  options: ShapeOptions,
  watch: Watch = {},
): Promise<Source> {
  const listing = await listImageFolder(folder, watch);
  if (listing.files.length === 0) throw noImages(listing, listing.problems);
  return {
    name: basename(folder),
    key: {
      kind: 'folder',
      root: folder,
      listing: digestOf(listing),
      imageSize: options.imageSize,
      channels: options.channels,
      resize: options.resize ?? 'crop',
      decoder: DECODER_VERSION,
    },
    read: (reading) => readContent(listing, options, reading),
  };
}

function digestOf({ classes, files }: FolderListing): string {
  const hash = createHash('sha256').update(JSON.stringify(classes));
  let lines = '';
  for (const { path, sizeBytes, mtimeMs, ctimeMs } of files) {
    lines += `\n${path}\0${sizeBytes}\0${mtimeMs}\0${ctimeMs}`;
    if (lines.length < HASH_BLOCK) continue;
    hash.update(lines);
    lines = '';
  }
  return hash.update(lines).digest('hex');
}

async function readContent(
  listing: FolderListing,
  options: ShapeOptions,
  watch: Watch,
): Promise<SourceContent> {
  const problems: Problem[] = [...listing.problems];
  const { usable, headers } = await measure(listing, problems, watch);
  if (usable.length === 0) throw noImages(listing, problems);
  const shape = chooseShape(headers, options);
  const fitting = { shape, policy: options.resize };
  const decodeFrom = (start: RowsStart): AsyncIterable<SourceRow> => {
    problems.push(...start.problems);
    return decodeAll(
      { root: listing.root, files: usable, next: start.next },
      fitting,
      problems,
      watch,
    );
  };
  return {
    kind: 'folder',
    shape,
    classes: listing.classes,
    rows: decodeFrom({ next: 0, problems: [] }),
    rowsFrom: decodeFrom,
    problems,
    ignoredFiles: listing.ignoredFiles,
    expectedRows: usable.length,
  };
}

async function measure(
  { root, files }: FolderListing,
  problems: Problem[],
  watch: Watch,
): Promise<{ usable: ListedFile[]; headers: ImageHeader[] }> {
  const pulse = createPulse('measure', files.length, watch);
  const usable: ListedFile[] = [];
  const headers: ImageHeader[] = [];
  const buffer = Buffer.alloc(HEADER_BYTES[1]);
  for (const file of files) {
    const header = readHeaderOf(join(root, file.path), buffer);
    if (isRefusal(header)) {
      problems.push({ source: file.path, reason: header.reason });
    } else {
      usable.push(file);
      headers.push(header);
    }
    const pause = pulse.beat();
    if (pause !== undefined) await pause;
  }
  pulse.finish();
  return { usable, headers };
}

/** Synchronous: for small reads a round trip through libuv's threads costs several times the read. */
function readHeaderOf(path: string, buffer: Buffer): ImageHeader | NotAnImage {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    let header: ImageHeader | NotAnImage = { reason: 'is empty', needsMore: true };
    for (const wanted of HEADER_BYTES) {
      const length = readSync(descriptor, buffer, 0, wanted, 0);
      header = readImageHeader(buffer.subarray(0, length), length < wanted);
      if (!isRefusal(header) || !header.needsMore) break;
    }
    return header;
  } catch (error) {
    return { reason: unreadable(error), needsMore: false };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

interface Fitting {
  readonly shape: ImageShape;
  readonly policy: ResizePolicy | undefined;
}

async function* decodeAll(
  {
    root,
    files,
    next,
  }: { readonly root: string; readonly files: readonly ListedFile[]; readonly next: number },
  fitting: Fitting,
  problems: Problem[],
  { signal }: Watch,
): AsyncGenerator<SourceRow, void, undefined> {
  const decode = async (file: ListedFile): Promise<{ file: ListedFile; decoded: Decoded }> => ({
    file,
    decoded: await decodeFile(join(root, file.path), fitting),
  });
  let position = next - 1;
  for await (const { file, decoded } of mapInOrder(files.slice(next), DECODES_AT_ONCE, decode)) {
    position++;
    throwIfCancelled(signal);
    if ('reason' in decoded) problems.push({ source: file.path, reason: decoded.reason });
    else yield { split: file.split, label: file.label, source: file.path, position, ...decoded };
  }
}

async function decodeFile(path: string, { shape, policy }: Fitting): Promise<Decoded> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    return { reason: unreadable(error) };
  }
  return decodeImage(bytes, shape, policy);
}

function noImages({ root, classes }: FolderListing, problems: readonly Problem[]): Error {
  const [first] = problems;
  const why =
    first === undefined
      ? 'it should hold one folder per class with image files in it'
      : `${problems.length} could not be used, the first: ${first.source} ${first.reason}`;
  return inputError(
    'no-images',
    `${root} has ${classes.length} ${classes.length === 1 ? 'folder' : 'folders'} but no usable images; ${why}.`,
    { path: root, details: { classes, problems: problems.slice(0, 100) } },
  );
}
