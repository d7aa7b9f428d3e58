// Why a network says what it says of an image: the methods, and what comes of them.
import { z } from 'zod';

export const ExplainMethod = z.discriminatedUnion('kind', [
  /** Selvaraju et al. 2017. */
  z.object({
    kind: z.literal('grad-cam'),
    /** `stem` or a block's name; left out: the last block. */
    unit: z.string().optional(),
    /** A class's name; left out: the most likely. */
    target: z.string().optional(),
  }),
  /** Zeiler and Fergus 2013. Pixels of the network's input. */
  z.object({
    kind: z.literal('occlusion'),
    patch: z.int().min(1).max(4096),
    stride: z.int().min(1).max(4096),
    target: z.string().optional(),
  }),
  /** The image block by block. */
  z.object({ kind: z.literal('blocks') }),
]);

// Not z.instanceof: what TensorFlow gives is no more exactly typed than this.
const Floats = z.custom<Float32Array>((value) => value instanceof Float32Array, 'must be floats');
const Bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, 'must be bytes');
const size = { height: z.int(), width: z.int() };

export const Explanation = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('grad-cam'),
    unit: z.string(),
    /** Number of the class. */
    target: z.int(),
    ...size,
    /** [h, w], ≥ 0, in logits. */
    values: Floats,
  }),
  z.object({
    kind: z.literal('occlusion'),
    target: z.int(),
    patch: z.int(),
    stride: z.int(),
    ...size,
    /** [H, W]: how much of the class's probability a hidden patch takes. */
    values: Floats,
  }),
  z.object({
    kind: z.literal('blocks'),
    units: z.array(
      z.object({
        name: z.string(),
        ...size,
        /** [h, w]: mean over the channels of the unit's output. */
        output: Floats,
        /** [h, w]: root mean square over the channels of F(x); null for the stem. */
        added: Floats.nullable(),
        /** ‖F(x)‖ / ‖x‖; null for the stem, for blocks without a shortcut, and where it is not finite. */
        ratio: z.number().nullable(),
      }),
    ),
  }),
]);

export const Explained = z.object({
  /** What the network is shown. */
  input: z.object({ ...size, channels: z.int() }),
  /** [H, W, C] */
  pixels: Bytes,
  classes: z.array(z.string()),
  /** Of the classes, as `predict` says them. */
  probabilities: Floats,
  /** Units that have a map, in depth order. */
  units: z.array(z.string()),
  explanation: Explanation,
});

export type ExplainMethod = z.output<typeof ExplainMethod>;
export type Explanation = z.output<typeof Explanation>;
export type Explained = z.output<typeof Explained>;
