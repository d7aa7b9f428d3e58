// When a run trained, in one place for library, contract and page: its training time leaves pauses out,
// and each stretch says at what wall clock it began to run again. Pure.
import { z } from 'zod';

export const Stretch = z.object({
  /** Training time that lay behind the run then. */
  elapsedMs: z.number(),
  /** Milliseconds since 1970. */
  startedAtMs: z.number(),
});
export type Stretch = Readonly<z.infer<typeof Stretch>>;

/** A run goes on at `next`: what it had trained beyond that is cut off, and its stretches with it. */
export function goesOn(stretches: readonly Stretch[], next: Stretch): readonly Stretch[] {
  return [...stretches.filter(({ elapsedMs }) => elapsedMs < next.elapsedMs), next];
}

/**
 * The stretches of a run; for one of before they were kept, as if it had never paused. Empty where it
 * has not trained yet.
 */
export function stretchesOf(run: {
  readonly startedAt: string | null;
  readonly stretches?: readonly Stretch[] | undefined;
}): readonly Stretch[] {
  if (run.stretches && run.stretches.length > 0) return run.stretches;
  return run.startedAt === null ? [] : [{ elapsedMs: 0, startedAtMs: Date.parse(run.startedAt) }];
}

/** From training time to the wall clock as ISO 8601 in UTC; empty where it is not known. */
export function wallTimeText(stretches: readonly Stretch[]): (elapsedMs: number) => string {
  const clock = wallClock(stretches);
  return (elapsedMs) => {
    const date = new Date(clock(elapsedMs));
    return Number.isNaN(date.getTime()) ? '' : date.toISOString();
  };
}

/**
 * From training time to the wall clock in milliseconds since 1970; it rises wherever training time
 * does, even if the clock was set back in between. NaN without stretches.
 */
export function wallClock(stretches: readonly Stretch[]): (elapsedMs: number) => number {
  const starts: Stretch[] = [];
  for (const { elapsedMs, startedAtMs } of stretches) {
    const before = starts.at(-1);
    const earliest = before ? before.startedAtMs + elapsedMs - before.elapsedMs : -Infinity;
    starts.push({ elapsedMs, startedAtMs: Math.max(startedAtMs, earliest) });
  }
  return (elapsed) => {
    // A point at the very end of a stretch was measured in it, not after the pause.
    const stretch = starts.findLast(({ elapsedMs }) => elapsedMs < elapsed) ?? starts[0];
    return stretch ? stretch.startedAtMs + elapsed - stretch.elapsedMs : Number.NaN;
  };
}
