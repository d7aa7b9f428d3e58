// Networks in other programs' formats, and the files that a page fetches, whoever made them.
import { z } from 'zod';
import { command, query, subscription } from '../../rpc/definition.ts';
import { ExportFormat } from '../trainer.ts';
import { Progress, RunId } from './common.ts';

/** What one of a format's own runtimes computed of the images that go with an export. */
export const Agreement = z.union([
  z.object({
    format: z.string(),
    /** The program that computed it, with its version. */
    runtime: z.string(),
    images: z.int(),
    /** What it read: the PNG files, or their pixels as stored numbers. */
    source: z.string(),
    /** Images with the same most likely class. */
    sameClass: z.int(),
    /** Of logits, or of probabilities where the model has those. */
    largestDifference: z.number(),
  }),
  z.object({ format: z.string(), missing: z.string() }),
]);

/** Files that are kept until they are fetched, piece by piece. */
export const KeptExport = z.object({
  export: z.string(),
  files: z.array(z.object({ name: z.string(), sizeBytes: z.number() })),
});

/** Something that a run has to save. */
export const SavedFile = z.object({
  key: z.string(),
  label: z.string(),
  /** Left out of what is written when it is asked for and may be long. */
  sizeBytes: z.number().optional(),
});

export const exports = {
  /** Progress until one `done`; ending the subscription cancels. */
  'exports.network': subscription(
    z.object({
      run: RunId,
      formats: z.array(ExportFormat).min(1).max(10),
      foldsBatchNorm: z.boolean(),
    }),
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('progress'), progress: Progress }),
      z.object({
        kind: z.literal('done'),
        kept: KeptExport,
        checkImages: z.int(),
        unchecked: z.string().optional(),
        agreements: z.array(Agreement),
      }),
    ]),
  ),
  /** Checkpoints, curves and spec of a run. */
  'exports.files': query(z.object({ id: RunId }), z.object({ files: z.array(SavedFile) })),
  /** Puts one of them where `exports.read` fetches it. */
  'exports.file': command(z.object({ id: RunId, key: z.string().max(100) }), KeptExport),
  'exports.read': query(
    z.object({ export: z.string(), file: z.int().min(0), offset: z.number().min(0) }),
    z.object({ bytes: z.instanceof(Uint8Array) }),
  ),
} as const;

export type Agreement = z.output<typeof Agreement>;
export type SavedFile = z.output<typeof SavedFile>;
export type KeptExport = z.output<typeof KeptExport>;
