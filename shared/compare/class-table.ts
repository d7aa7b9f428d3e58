// Accuracy of each class, a column a group. Pure. Only runs whose mistakes were computed are in it.
import { summarize, type Summary } from '../stats/summary.ts';
import { countedRuns, type RunGroup } from './groups.ts';

export interface ClassRow {
  readonly name: string;
  /** One a group; undefined where no run of it was judged. */
  readonly summaries: readonly (Summary | undefined)[];
}

export function classTable(groups: readonly RunGroup[]): ClassRow[] {
  const names = new Set(
    groups.flatMap(({ members }) =>
      members.flatMap(({ run }) => (run.perClass ?? []).map(({ name }) => name)),
    ),
  );
  return [...names].map((name) => ({
    name,
    summaries: groups.map(({ members }) =>
      summarize(
        countedRuns({ members }).map(
          (run) => run.perClass?.find((one) => one.name === name)?.accuracy,
        ),
      ),
    ),
  }));
}
