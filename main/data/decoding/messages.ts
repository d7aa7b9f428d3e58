// What a decoder process and its owner say to each other; both ends parse what they get. Pixels of a
// batch travel as one piece, since a message for each image would cost more than decoding a small one.
import { z } from 'zod';
import { ErrorDocument } from '../../../shared/error-document.ts';
import { DamagedRule, DepthRule, GroundRule } from '../../../shared/spec/pixel-rules.ts';
import { ResizePolicy } from '../../../shared/spec/run.ts';

const Bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array);

const ImageFile = z.object({
  path: z.string(),
  bytes: Bytes.optional(),
  rawPath: z.string().optional(),
  range: z
    .object({
      offset: z.int().min(0),
      sizeBytes: z.int().min(0),
      zip: z
        .object({ packedBytes: z.int().min(0), isDeflated: z.boolean(), crc32: z.int().min(0) })
        .optional(),
    })
    .optional(),
});

const Batch = z.object({
  kind: z.literal('batch'),
  shape: z.object({
    height: z.int(),
    width: z.int(),
    channels: z.union([z.literal(1), z.literal(3)]),
  }),
  policy: ResizePolicy.optional(),
  rules: z
    .object({
      depth: DepthRule.optional(),
      ground: GroundRule.optional(),
      damaged: DamagedRule.optional(),
    })
    .optional(),
  files: z.array(ImageFile),
});
export type Batch = z.output<typeof Batch>;

export const ToDecoder = z.discriminatedUnion('kind', [
  Batch,
  /** A column of a Parquet file; see parquet/leaf-reader.ts. */
  z.object({
    kind: z.literal('leaf'),
    place: z.object({
      path: z.string(),
      mtimeMs: z.number(),
      group: z.int().min(0),
      leaf: z.array(z.string()),
    }),
  }),
]);
export type ToDecoder = z.output<typeof ToDecoder>;

/** For each file, in order: the size of the picture it was, or why there is none. */
const Outcome = z.union([
  z.object({
    width: z.int(),
    height: z.int(),
    notes: z.object({ kinds: z.int(), share: z.int(), low: z.int(), high: z.int() }),
  }),
  z.object({ reason: z.string() }),
]);

export const FromDecoder = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({
    kind: z.literal('decoded'),
    outcomes: z.array(Outcome),
    /** The rows of the pictures there are, one after the other. */
    pixels: z.instanceof(Uint8Array),
  }),
  /** The values of a column, or why there are none. */
  z.object({
    kind: z.literal('leaf'),
    values: z.array(z.union([Bytes, z.string(), z.number(), z.null()])),
    reason: z.string().optional(),
  }),
  z.object({
    kind: z.literal('failed'),
    error: ErrorDocument,
  }),
]);
export type FromDecoder = z.output<typeof FromDecoder>;
