// Shapes that several services of the app's contract share.
import { z } from 'zod';

export const Nothing = z.strictObject({});

export const RunId = z.string().min(1).max(64);

export const SplitName = z.enum(['train', 'val', 'test']);

export const ImageShape = z.object({
  height: z.int().positive(),
  width: z.int().positive(),
  channels: z.int().positive(),
});

/** Something long at work: what, and how far. */
export const Progress = z.object({
  message: z.string(),
  fraction: z.number().min(0).max(1).optional(),
  remainingMs: z.number().optional(),
});

/** A trainer that stays while pages ask it something: how far it is, and its end if that was unasked. */
export const TrainerNotice = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('preparing'), progress: Progress }),
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('died'), message: z.string() }),
]);

export type RunId = z.output<typeof RunId>;
export type Progress = z.output<typeof Progress>;
export type TrainerNotice = z.output<typeof TrainerNotice>;
