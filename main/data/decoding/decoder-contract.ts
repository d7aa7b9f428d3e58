// What a decoder process does for its owner, as a contract of shared/rpc. Pixels of a
// batch travel as one piece, since a message for each image would cost more than decoding a small one.
import { z } from 'zod';
import { query } from '../../../shared/rpc/definition.ts';
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

/** A column of a Parquet file; see parquet/leaf-reader.ts. */
const Leaf = z.object({
  path: z.string(),
  mtimeMs: z.number(),
  group: z.int().min(0),
  leaf: z.array(z.string()),
});

/** Its values, or why there are none. */
const LeafValues = z.object({
  values: z.array(z.union([Bytes, z.string(), z.number(), z.null()])),
  reason: z.string().optional(),
});

/** For each file, in order: the size of the picture it was, or why there is none. */
const Outcome = z.union([
  z.object({
    width: z.int(),
    height: z.int(),
    notes: z.object({
      ...{ kinds: z.int(), share: z.int(), low: z.int(), high: z.int(), further: z.int() },
    }),
  }),
  z.object({ reason: z.string() }),
]);

const Decoded = z.object({
  outcomes: z.array(Outcome),
  /** The rows of the pictures there are, one after the other. */
  pixels: z.instanceof(Uint8Array),
});
export type Decoded = z.output<typeof Decoded>;

export const DECODER_VERSION = 1;
/** A batch of large images is one answer. */
export const DECODER_LIMIT_BYTES = 2 ** 30;

export const decoderContract = {
  /** Answers once the image library is there. */
  load: query(z.object({}), z.object({})),
  /** One batch after the other: so a crash tells which one it was. */
  decode: query(Batch, Decoded),
  leaf: query(Leaf, LeafValues),
} as const;

export type DecoderContract = typeof decoderContract;
