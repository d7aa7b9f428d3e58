// Groups of runs: by what they share, with mean and spread of their numbers. Pure.
import type { RunRow } from '../../../shared/contract/app/runs.ts';
import type { SpecIndex } from './spec-fields.ts';

/** A row of the table: a run, or a group with the runs in it. */
export interface TableRow {
  readonly key: string;
  readonly label: string;
  readonly isGroup: boolean;
  /** One for a run. For a group all of them, newest first. */
  readonly members: readonly RunRow[];
  /** What this row is sorted by: a member stands with its group. */
  readonly sortAs: readonly RunRow[];
}

export function plainRows(runs: readonly RunRow[]): TableRow[] {
  return runs.map(runRow);
}

/** Groups in the order of their newest run; members follow theirs where it is open. */
export function groupedRows(
  runs: readonly RunRow[],
  labelOf: (run: RunRow) => string,
  open: ReadonlySet<string>,
): TableRow[] {
  const groups = new Map<string, RunRow[]>();
  for (const run of runs) {
    const label = labelOf(run);
    const members = groups.get(label);
    if (members) members.push(run);
    else groups.set(label, [run]);
  }
  return [...groups].flatMap(([label, members]) => {
    const key = groupKey(label);
    const head: TableRow = { key, label, isGroup: true, members, sortAs: members };
    const inside = open.has(key) ? members.map((run) => ({ ...runRow(run), sortAs: members })) : [];
    return [head, ...inside];
  });
}

function groupKey(label: string): string {
  return `group:${label}`;
}

function runRow(run: RunRow): TableRow {
  return { key: run.id, label: run.name, isGroup: false, members: [run], sortAs: [run] };
}

/** Fields that every row has; the rest come from specs. */
const ROW_FIELDS: Readonly<Record<string, (run: RunRow) => string>> = {
  group: (run) => run.group ?? 'no group',
  architecture: (run) => run.architecture,
  data: (run) => run.dataName,
  status: (run) => run.status,
  seed: (run) => String(run.seed),
  program: (run) => run.codeVersion,
  tags: (run) => (run.tags.length === 0 ? 'no tags' : run.tags.toSorted().join(', ')),
};

export const ROW_FIELD_NAMES = Object.keys(ROW_FIELDS);

/** What a run says for `field`: a name above, or the path of a setting such as `recipe.batch`. */
export function fieldText(run: RunRow, field: string, specs: SpecIndex): string {
  const own = ROW_FIELDS[field];
  if (own) return own(run);
  return String(specs.valueOf(run.id, field) ?? 'not set');
}
