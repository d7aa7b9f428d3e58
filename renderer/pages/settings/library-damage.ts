// What a check of the library found, as lines to read.
import type { LibraryCheck } from '../../../shared/contract/app/library.ts';

/** Empty if all is sound and each folder of a run has its run. */
export function damageOf({ findings }: LibraryCheck): readonly string[] {
  const { database, damaged, damagedCheckpoints, withoutRecord } = findings;
  return [
    ...database.map((line) => `Database: ${line}`),
    ...[...damaged, ...damagedCheckpoints].map(({ id, problem }) => `${id}: ${problem}`),
    ...(withoutRecord.length === 0
      ? []
      : [`Folders in runs/ that no run has: ${withoutRecord.join(', ')}`]),
  ];
}
