// What was done to a run besides training it from its first step to its last: reports and comparisons
// say it. One shape for library, contract, bundle and page.
import { z } from 'zod';

/** A number is the step of a kept checkpoint; `start` is before the first step. */
export const GoBackChoice = z.union([z.enum(['last', 'best', 'start']), z.int().min(0)]);

const at = z.string();
const steps = z.int().min(0);

export const RunHistoryEntry = z.discriminatedUnion('kind', [
  /** It went on from a checkpoint before its newest step, because the newest one was damaged. */
  z.object({
    kind: z.literal('went-back'),
    at,
    from: GoBackChoice,
    /** Steps done at that checkpoint. */
    step: steps,
    lostSteps: steps,
    lostMs: z.number(),
    /** False: momentum, moments and averages began anew. */
    keptOptimizer: z.boolean(),
  }),
  /** It was finished and then trained for longer. */
  z.object({
    kind: z.literal('extended'),
    at,
    /** Steps done then. */
    step: steps,
    fromSteps: steps,
    toSteps: steps,
    /** What the learning rate does from there on. */
    schedule: z.enum(['stretch', 'append', 'constant']),
  }),
]);

export type GoBackChoice = z.output<typeof GoBackChoice>;
export type RunHistoryEntry = z.output<typeof RunHistoryEntry>;
