// The fields of specs that runs can be filtered by, sorted by and shown with: every leaf, and the choices
// (schedule, augmentation …) as a whole. Pure.
import { leafValuesOf } from '../../../shared/compare/spec-difference.ts';
import { settingText } from '../../../shared/spec/setting-text.ts';
import type { RunSpec } from '../../../shared/spec/run.ts';

export type SpecValue = number | string;

/** Rows have columns of their own for these. */
const OWN_COLUMNS: readonly string[] = ['format', 'name', 'group', 'seed', 'architecture.name'];

/** By path, such as `recipe.schedule.rate`: numbers as such, the rest as people read it. */
export function specFields(spec: RunSpec): ReadonlyMap<string, SpecValue> {
  const fields = new Map<string, SpecValue>();
  for (const part of ['architecture', 'recipe'] as const) {
    for (const [name, value] of Object.entries(spec[part])) {
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
        fields.set(`${part}.${name}`, settingText(value));
      }
    }
  }
  for (const [path, value] of leafValuesOf(spec)) {
    if (OWN_COLUMNS.includes(path) || path.endsWith('.format')) continue;
    fields.set(path, typeof value === 'number' ? value : settingText(value));
  }
  return fields;
}

export interface SpecIndex {
  /** Undefined while the spec of this run has not been read, or where it has no such field. */
  valueOf(runId: string, path: string): SpecValue | undefined;
  /** Paths that at least one spec has; those in which specs differ stand first. */
  readonly paths: readonly string[];
  readonly differing: ReadonlySet<string>;
  /** Whether the field holds numbers wherever it is. */
  isNumeric(path: string): boolean;
}

export function specIndex(byRun: ReadonlyMap<string, ReadonlyMap<string, SpecValue>>): SpecIndex {
  const first = new Map<string, SpecValue | undefined>();
  const counts = new Map<string, number>();
  const differing = new Set<string>();
  const texts = new Set<string>();
  for (const fields of byRun.values()) {
    for (const [path, value] of fields) {
      if (typeof value !== 'number') texts.add(path);
      if (!first.has(path)) first.set(path, value);
      else if (first.get(path) !== value) differing.add(path);
      counts.set(path, (counts.get(path) ?? 0) + 1);
    }
  }
  // A field that only some specs have differs, too.
  for (const [path, count] of counts) if (count < byRun.size) differing.add(path);
  const paths = [...first.keys()].sort((a, b) => {
    const order = Number(differing.has(b)) - Number(differing.has(a));
    return order || a.localeCompare(b, 'en');
  });
  return {
    valueOf: (id, path) => byRun.get(id)?.get(path),
    paths,
    differing,
    isNumeric: (path) => first.has(path) && !texts.has(path),
  };
}

/** The paths that a filter's word can mean: the whole path, or its last parts. Case does not matter. */
export function pathsNamed(word: string, paths: readonly string[]): string[] {
  const wanted = word.toLowerCase();
  const exact = paths.filter((path) => path.toLowerCase() === wanted);
  if (exact.length > 0) return exact;
  return paths.filter((path) => path.toLowerCase().endsWith(`.${wanted}`));
}
