// Where a run comes from that was not trained here: its curves were read from another tracker's file. One
// shape for library, contract, bundle and page. Such a run has no spec, no weights and no data of its own.
import { z } from 'zod';

/** What the points of a series stand at; nothing else is known of them. */
export const OwnAxis = z.enum(['step', 'epoch', 'time']);

export const SeriesAxis = z.object({
  x: OwnAxis,
  /** Of `epoch`: the stored step of a point is its epoch times this, so that fractions stay exact. */
  perEpoch: z.int().min(1).optional(),
  /** Whether its points have a time as well. */
  hasTime: z.boolean(),
});

/** A column, tag or file that was not taken in. */
export const NotUsed = z.object({ name: z.string(), reason: z.string() });

export const ImportedRun = z.object({
  from: z.enum(['tensorboard', 'csv']),
  /** Its name, without the folders above. */
  file: z.string(),
  /** What the file calls it. */
  runName: z.string(),
  /** Of the bytes that were read. */
  sha256: z.string(),
  importedAt: z.string(),
  axes: z.record(z.string(), SeriesAxis),
  notUsed: z.array(NotUsed),
  /** What the file says of the run's settings. */
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

export type OwnAxis = z.output<typeof OwnAxis>;
export type SeriesAxis = z.output<typeof SeriesAxis>;
export type NotUsed = z.output<typeof NotUsed>;
export type ImportedRun = z.output<typeof ImportedRun>;

/** Why nothing can be done with such a run that needs its settings or weights. */
export function importedSentence({ name, file }: { readonly name: string; readonly file: string }) {
  return `"${name}" was imported from ${file}: its curves are here, but neither its settings nor its weights, so it can only be looked at and compared.`;
}
