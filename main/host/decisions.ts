// Leaving single images out of a dataset, and taking that back: for the command line and the page. Files
// are never touched; what is decided lies in the library, and a run records the version that it used.
import { inputError } from '../../shared/errors.ts';
import { closestNames } from '../../shared/spec/closest.ts';
import type { DataSpec } from '../../shared/spec/run.ts';
import { splitsOf, type Dataset } from '../data/dataset.ts';
import { keepDecisions } from '../data/decisions.ts';
import { inspectDataset, type SameGroup } from '../data/inspect.ts';
import type { Decision } from '../store/decisions.ts';
import type { Library } from '../store/library.ts';

type Decisions = Pick<Library, 'decisions' | 'cacheFolder'>;

/** The files of a source that are left out now, in code-unit order. */
export function leftOutFiles({ decisions }: Pick<Library, 'decisions'>, source: string): string[] {
  const last = new Map<string, Decision['kind']>();
  for (const { file, kind } of decisions.list(source)) {
    if (kind !== 'relabel') last.set(file, kind);
  }
  return [...last]
    .filter(([, kind]) => kind === 'leave-out')
    .map(([file]) => file)
    .sort();
}

/** The version of what is decided now; undefined if nothing is left out. */
export function currentDecisions(library: Decisions, source: string): Promise<string | undefined> {
  return keepDecisions(library.cacheFolder, leftOutFiles(library, source));
}

/** For a new run: a version that is given stays. */
export async function withCurrentDecisions(library: Decisions, data: DataSpec): Promise<DataSpec> {
  if (data.decisions !== undefined) return data;
  const decisions = await currentDecisions(library, data.source);
  return decisions === undefined ? data : { ...data, decisions };
}

/** What may be left out for each finding: one image of a group stays. */
export const FINDINGS = [
  'leaks',
  'contradictions',
  'duplicates',
  'near',
  'damaged',
  'odd',
] as const;
export type FindingName = (typeof FINDINGS)[number];

/** @throws inputError `no-such-image` for a name that no image of the dataset has */
export function requireImages(dataset: Dataset, files: readonly string[]): void {
  const names = new Set<string>();
  for (const split of splitsOf(dataset)) {
    for (let row = 0; row < split.count; row++) names.add(split.sourceOf(row));
  }
  const unknown = files.find((file) => !names.has(file));
  if (unknown === undefined) return;
  const close = closestNames(unknown, [...names].slice(0, 20_000));
  const hint = close.length === 0 ? '' : ` Did you mean ${close.join(' or ')}?`;
  throw inputError(
    'no-such-image',
    `${dataset.name} has no image "${unknown}"; give its path in the dataset, as data inspect prints it.${hint}`,
    { path: unknown },
  );
}

/** Files that a finding proposes to leave out: of equal images all but the first, of contradicting ones all. */
export async function filesOfFinding(finding: FindingName, dataset: Dataset): Promise<string[]> {
  const inspection = await inspectDataset(dataset);
  const rest = (groups: readonly SameGroup[]): string[] =>
    groups.flatMap((group) => group.slice(1).map(({ source }) => source));
  const all = (images: readonly { readonly source: string }[]): string[] =>
    images.map(({ source }) => source);
  const chosen: Readonly<Record<FindingName, () => string[]>> = {
    leaks: () => rest(inspection.acrossSplits),
    contradictions: () => all(inspection.contradicting.flat()),
    duplicates: () => rest(inspection.duplicates),
    near: () => rest(inspection.nearDuplicates),
    damaged: () => all(inspection.damaged),
    odd: () => all(inspection.oddSizes),
  };
  return [...new Set(chosen[finding]())];
}

/** @throws inputError `nothing-decided` */
export function undoLast({ decisions }: Pick<Library, 'decisions'>, source: string): void {
  if (decisions.undo(source).length > 0) return;
  throw inputError('nothing-decided', `${source} has no decision that could be taken back.`, {
    path: source,
  });
}

/** Takes back for these files, or for all that are left out. @throws inputError `not-left-out` */
export function restoreFiles(
  { decisions }: Pick<Library, 'decisions'>,
  source: string,
  files: readonly string[] | 'all',
): readonly string[] {
  const leftOut = leftOutFiles({ decisions }, source);
  const wanted = files === 'all' ? leftOut : files;
  const unknown = wanted.find((file) => !leftOut.includes(file));
  if (unknown !== undefined) {
    throw inputError('not-left-out', `"${unknown}" is not left out of ${source}.`, {
      path: unknown,
    });
  }
  if (wanted.length > 0)
    decisions.decide(source, { files: wanted, kind: 'keep', reason: 'restored' });
  return wanted;
}
