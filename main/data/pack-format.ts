// The packed cache of one dataset: a safetensors file with the pixels of each split first (so that they
// can be streamed out before their number is known) and everything else, small, behind them. The header
// has a fixed size and is written last, with a checksum over all that is not pixels.
import { createHash } from 'node:crypto';
import {
  encodeHeader,
  getTensor,
  type TensorEntry,
  type TensorPart,
} from '../../shared/safetensors.ts';
import { readIntegers } from '../../shared/tensor-values.ts';
import {
  SPLIT_NAMES,
  type DatasetKind,
  type ImageShape,
  type Problem,
  type SplitName,
} from './dataset.ts';
import { NOTE_FIELDS, type ImageNotes } from './image-notes.ts';
import type { LayoutFacts } from './layout/layout-facts.ts';
import type { UnusedFiles } from './layout/unused-files.ts';
import { openTensorFile, type TensorFile } from './tensor-file.ts';

/** Raised whenever an older pack would be misread. */
export const PACK_VERSION = 3;
export const PACK_HEADER_BYTES = 4096;
/** The first bytes of the SHA-256 of a row's pixels: as many as make a chance hit impossible. */
export const DIGEST_BYTES = 16;
const FORMAT = 'resnet-lab-pack';

export interface PackMeta {
  readonly kind: DatasetKind;
  readonly fingerprint: string;
  readonly shape: ImageShape;
  readonly classes: readonly string[];
  readonly problems: readonly Problem[];
  readonly unused: readonly UnusedFiles[];
  readonly layout?: LayoutFacts | undefined;
}

export interface SectionColumns {
  readonly labels: Int32Array;
  /** [count, 2]: original width and height. */
  readonly sizes: Uint16Array;
  /** [count, channels, 2]: sum and sum of squares of the row's bytes, for exact statistics of any split. */
  readonly sums: Float64Array;
  /** [count, NOTE_FIELDS]: the fields of `ImageNotes`, in their order. */
  readonly notes: Uint16Array;
  /** [count, DIGEST_BYTES]: equal for rows of equal pixels. */
  readonly digests: Uint8Array;
  /** End of each name in `names`, UTF-8. */
  readonly nameEnds: Uint32Array;
  readonly names: Buffer;
}

export interface PackSection extends SectionColumns {
  readonly name: SplitName;
  readonly count: number;
  readonly rowBytes: number;
  /** Where the pixels begin in the file. */
  readonly offset: number;
  /** Which rows of the file these are, where some of it are left out; else all of them. */
  readonly storedRows?: Int32Array | undefined;
}

export interface OpenPack extends PackMeta {
  readonly file: TensorFile;
  readonly sections: ReadonlyMap<SplitName, PackSection>;
}

/** The header and the parts that follow the pixels. */
export function encodePack(
  meta: PackMeta,
  sections: ReadonlyMap<SplitName, SectionColumns>,
): { readonly header: Uint8Array; readonly tail: readonly Uint8Array[] } {
  const { height, width, channels } = meta.shape;
  const parts: TensorPart[] = [];
  for (const [name, columns] of sections) {
    const count = columns.labels.length;
    parts.push(
      { name: `${name}.labels`, dtype: 'I32', shape: [count], data: bytesOf(columns.labels) },
      { name: `${name}.sizes`, dtype: 'U16', shape: [count, 2], data: bytesOf(columns.sizes) },
      {
        name: `${name}.sums`,
        dtype: 'F64',
        shape: [count, channels, 2],
        data: bytesOf(columns.sums),
      },
      {
        name: `${name}.notes`,
        dtype: 'U16',
        shape: [count, NOTE_FIELDS],
        data: bytesOf(columns.notes),
      },
      {
        name: `${name}.digests`,
        dtype: 'U8',
        shape: [count, DIGEST_BYTES],
        data: columns.digests,
      },
      { name: `${name}.name_ends`, dtype: 'U32', shape: [count], data: bytesOf(columns.nameEnds) },
      { name: `${name}.names`, dtype: 'U8', shape: [columns.names.length], data: columns.names },
    );
  }
  const json = Buffer.from(JSON.stringify(meta));
  parts.push({ name: 'meta', dtype: 'U8', shape: [json.length], data: json });
  const checksum = createHash('sha256');
  for (const part of parts) checksum.update(part.data);
  const images = [...sections].map(([name, columns]) => ({
    name: `${name}.images`,
    dtype: 'U8' as const,
    shape: [columns.labels.length, height, width, channels],
  }));
  return {
    header: encodeHeader(
      [...images, ...parts],
      { format: FORMAT, version: String(PACK_VERSION), checksum: checksum.digest('hex') },
      PACK_HEADER_BYTES,
    ),
    tail: parts.map((part) => part.data),
  };
}

/** Opens a pack and checks everything but the pixels. Throws whatever is wrong with it. */
export async function openPack(path: string): Promise<OpenPack> {
  const file = await openTensorFile(path);
  try {
    return await readPack(file);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readPack(file: TensorFile): Promise<OpenPack> {
  const { metadata } = file;
  if (metadata['format'] !== FORMAT || metadata['version'] !== String(PACK_VERSION)) {
    throw new Error(`${file.path} is not a pack of version ${PACK_VERSION}.`);
  }
  const entries = [...file.tensors.values()].filter((entry) => !entry.name.endsWith('.images'));
  const start = Math.min(...entries.map((entry) => entry.offset));
  const tail = Buffer.alloc(file.fileBytes - start);
  await file.readInto({ ...getTensor(file, 'meta'), offset: start }, 0, tail);
  if (createHash('sha256').update(tail).digest('hex') !== metadata['checksum']) {
    throw new Error(`${file.path} does not match its checksum.`);
  }
  const slice = (entry: TensorEntry): Buffer =>
    tail.subarray(entry.offset - start, entry.offset - start + entry.sizeBytes);
  const meta = JSON.parse(slice(file.getTensor('meta')).toString()) as PackMeta;
  const rowBytes = meta.shape.height * meta.shape.width * meta.shape.channels;
  const sections = new Map<SplitName, PackSection>();
  for (const name of SPLIT_NAMES) {
    const images = file.tensors.get(`${name}.images`);
    if (images === undefined) continue;
    const column = (suffix: string): Buffer => slice(file.getTensor(`${name}.${suffix}`));
    sections.set(name, {
      name,
      count: images.shape[0] ?? 0,
      rowBytes,
      offset: images.offset,
      labels: readIntegers('I32', column('labels')),
      sizes: new Uint16Array(alignedCopy(column('sizes'))),
      sums: new Float64Array(alignedCopy(column('sums'))),
      // Packs of before there were notes have none: then this throws, and they are built again.
      notes: new Uint16Array(alignedCopy(column('notes'))),
      digests: Uint8Array.from(column('digests')),
      nameEnds: new Uint32Array(alignedCopy(column('name_ends'))),
      names: column('names'),
    });
  }
  return { ...meta, file, sections };
}

export function nameIn({ nameEnds, names }: SectionColumns, row: number): string {
  return names.toString('utf8', row === 0 ? 0 : nameEnds[row - 1], nameEnds[row]);
}

export function notesIn({ notes }: SectionColumns, row: number): ImageNotes {
  const at = row * NOTE_FIELDS;
  const [kinds = 0, share = 100, low = 0, high = 0, further = 0] = notes.subarray(
    at,
    at + NOTE_FIELDS,
  );
  return { kinds, share, low, high, further };
}

function bytesOf(array: Int32Array | Uint16Array | Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function alignedCopy(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
