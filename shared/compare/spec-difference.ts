// In which fields any number of documents differ, as a tree with the equal ones left out. Pure.
import { settingText } from '../spec/setting-text.ts';

/** What a document without the field shows. */
export const ABSENT = '–';

export interface DifferenceRow {
  /** `recipe.schedule.rate`. */
  readonly path: string;
  /** The last part of the path. */
  readonly name: string;
  /** How deep it stands; 0 at the top. */
  readonly level: number;
  /** Empty for a row that only holds others together. */
  readonly values: readonly string[];
  readonly isHeading: boolean;
  readonly differs: boolean;
}

/** Every leaf of a document by its path; lists stand as a whole. */
export function leafValuesOf(document: unknown): ReadonlyMap<string, unknown> {
  const leaves = new Map<string, unknown>();
  const visit = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) {
        visit(inner, path === '' ? key : `${path}.${key}`);
      }
    } else if (value !== undefined) {
      leaves.set(path, value);
    }
  };
  visit(document, '');
  return leaves;
}

/** Every leaf as text: scalars as in JSON, lists as people read them. */
export function leavesOf(document: unknown): ReadonlyMap<string, string> {
  return new Map([...leafValuesOf(document)].map(([path, value]) => [path, leafText(value)]));
}

function leafText(value: unknown): string {
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? settingText(value) : JSON.stringify(value);
}

/** Paths in which at least two documents differ, in the order of their first appearance. */
export function differingPaths(documents: readonly unknown[]): string[] {
  const leaves = documents.map(leavesOf);
  const paths = new Set(leaves.flatMap((one) => [...one.keys()]));
  return [...paths].filter((path) => new Set(leaves.map((one) => one.get(path))).size > 1);
}

/** Rows of a table with a column a document, headings above the fields they hold together. */
export function differenceRows(
  documents: readonly unknown[],
  options: { readonly withEqual: boolean },
): DifferenceRow[] {
  const leaves = documents.map(leavesOf);
  const paths = [...new Set(leaves.flatMap((one) => [...one.keys()]))].sort(inTreeOrder);
  const rows: DifferenceRow[] = [];
  const headings = new Set<string>();
  for (const path of paths) {
    const values = leaves.map((one) => one.get(path) ?? ABSENT);
    const differs = new Set(values).size > 1;
    if (!differs && !options.withEqual) continue;
    const parts = path.split('.');
    parts.slice(0, -1).forEach((name, level) => {
      const heading = parts.slice(0, level + 1).join('.');
      if (headings.has(heading)) return;
      headings.add(heading);
      rows.push({ path: heading, name, level, values: [], isHeading: true, differs: false });
    });
    const name = parts.at(-1) ?? path;
    rows.push({ path, name, level: parts.length - 1, values, isHeading: false, differs });
  }
  return rows;
}

/** Fields of one parent stand together, its own before those of its children. */
function inTreeOrder(a: string, b: string): number {
  const [x, y] = [a.split('.'), b.split('.')];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    if (x[i] === y[i]) continue;
    const [leafX, leafY] = [i === x.length - 1, i === y.length - 1];
    if (leafX !== leafY) return leafX ? -1 : 1;
    return (x[i] ?? '').localeCompare(y[i] ?? '', 'en');
  }
  return x.length - y.length;
}
