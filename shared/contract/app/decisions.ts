// What people decide about single images of a dataset: in words of the contract, and as CSV.
import { z } from 'zod';
import { csvText } from '../../csv.ts';

/** Not used by new runs; under another class in new runs; looked at and right, so not offered again. */
export const CHOICE_KINDS = ['leave-out', 'relabel', 'keep'] as const;
export const ChoiceKind = z.enum(CHOICE_KINDS);

/** What holds for one file now. */
export const ImageDecision = z.object({
  /** As the dataset names it. */
  file: z.string(),
  kind: ChoiceKind,
  /** The new class, for `relabel`; else null. */
  className: z.string().nullable(),
  /** The finding it came from, or what was typed. */
  reason: z.string(),
  decidedAt: z.string(),
});

export const DECISION_COLUMNS = ['file', 'decision', 'class', 'reason', 'decided_at'] as const;

/** A row for each file; `data decisions --import` reads it again. */
export function decisionsCsv(decisions: readonly ImageDecision[]): string {
  return csvText([
    DECISION_COLUMNS,
    ...decisions.map(({ file, kind, className, reason, decidedAt }) => [
      ...[file, kind, className ?? '', reason, decidedAt],
    ]),
  ]);
}

export type ChoiceKind = z.output<typeof ChoiceKind>;
export type ImageDecision = z.output<typeof ImageDecision>;
