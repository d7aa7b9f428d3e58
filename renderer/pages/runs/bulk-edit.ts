// What a form over several runs changes about each of them. Pure.
import type { RunChange, RunRow } from '../../../shared/contract/app/runs.ts';

export interface BulkEdit {
  /** A pattern such as `{network}, seed {seed}`; empty: names stay. */
  readonly name: string;
  readonly group:
    | { readonly kind: 'keep' }
    | { readonly kind: 'none' }
    | { readonly kind: 'set'; readonly to: string };
  /** Separated by commas or spaces. */
  readonly addTags: string;
  readonly removeTags: readonly string[];
  readonly note: string;
  readonly notePlace: 'append' | 'replace';
}

export const EMPTY_EDIT: BulkEdit = {
  name: '',
  group: { kind: 'keep' },
  addTags: '',
  removeTags: [],
  note: '',
  notePlace: 'append',
};

export const NAME_FIELDS = ['name', 'network', 'seed', 'group', 'data', 'n'] as const;

/** `{name}`, `{network}`, `{seed}`, `{group}`, `{data}`, and `{n}` counting from 1. */
export function nameFor(pattern: string, run: RunRow, at: number): string {
  const values: Readonly<Record<(typeof NAME_FIELDS)[number], string>> = {
    name: run.name,
    network: run.architecture,
    seed: String(run.seed),
    group: run.group ?? '',
    data: run.dataName,
    n: String(at + 1),
  };
  return pattern
    .replace(/\{([a-z]+)\}/g, (whole, field: string) =>
      field in values ? values[field as keyof typeof values] : whole,
    )
    .trim();
}

/** Placeholders of a pattern that mean nothing. */
export function unknownFields(pattern: string): string[] {
  const known: readonly string[] = NAME_FIELDS;
  return [...pattern.matchAll(/\{([^}]*)\}/g)]
    .map(([, field = '']) => field)
    .filter((field) => !known.includes(field));
}

export function tagsIn(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter((tag) => tag !== ''))];
}

/** One change for each run about which something changes. */
export function bulkChanges(runs: readonly RunRow[], edit: BulkEdit): RunChange[] {
  const added = tagsIn(edit.addTags);
  const note = edit.note.trim();
  return runs.flatMap((run, at): RunChange[] => {
    const name = edit.name.trim() === '' ? run.name : nameFor(edit.name, run, at);
    const group =
      edit.group.kind === 'keep'
        ? run.group
        : edit.group.kind === 'none'
          ? null
          : edit.group.to.trim();
    const tags = [
      ...new Set([...run.tags.filter((tag) => !edit.removeTags.includes(tag)), ...added]),
    ];
    const notes =
      edit.notePlace === 'replace'
        ? note
        : note === ''
          ? run.notes
          : [run.notes.trimEnd(), note].filter((part) => part !== '').join('\n');
    const change = {
      ...(name === run.name ? {} : { name }),
      ...(group === run.group ? {} : { group }),
      ...(tags.join('\n') === run.tags.join('\n') ? {} : { tags }),
      ...(notes === run.notes ? {} : { notes }),
    };
    return Object.keys(change).length === 0 ? [] : [{ id: run.id, ...change }];
  });
}
