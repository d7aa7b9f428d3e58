// What is asked when a folder can be read in several ways. Pure.
import { AmbiguousLayout, type FolderReading } from '../../../shared/contract/app/datasets.ts';
import { AppError } from '../../../shared/errors.ts';
import { formatExact } from '../../../shared/format.ts';

/** The readings that an error offers; undefined for any other error. */
export function ambiguousLayoutOf(error: unknown) {
  if (!(error instanceof AppError) || error.code !== 'ambiguous-layout') return undefined;
  const parsed = AmbiguousLayout.safeParse(error.details);
  return parsed.success ? parsed.data : undefined;
}

/** `36 train · 15 test`. */
export function countsText({ counts }: Pick<FolderReading, 'counts'>): string {
  const names = { train: 'train', val: 'validation', test: 'test' } as const;
  return (['train', 'val', 'test'] as const)
    .filter((split) => counts[split] > 0)
    .map((split) => `${formatExact(counts[split])} ${names[split]}`)
    .join(' · ');
}
