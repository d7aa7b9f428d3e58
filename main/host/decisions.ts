// Deciding about single images of a dataset (leave out, relabel, found right) and taking that back: for the
// command line and the page. Files are never touched; what is decided lies in the library, and a run records
// the version that it used.
import { inputError } from '../../shared/errors.ts';
import type { ChoiceKind, ImageDecision } from '../../shared/contract/app/decisions.ts';
import { closestNames } from '../../shared/spec/closest.ts';
import type { DataSpec } from '../../shared/spec/run.ts';
import { splitsOf, type Dataset } from '../data/dataset.ts';
import { keepDecisions, type FileDecision } from '../data/decisions.ts';
import { inspectDataset, type Inspection, type SameGroup } from '../data/inspect.ts';
import type { NewDecisions } from '../store/decisions.ts';
import type { Library } from '../store/library.ts';

type Decisions = Pick<Library, 'decisions' | 'cacheFolder'>;
type DecisionLog = Pick<Library, 'decisions'>;

/** What holds for the files of a source now, one each: the newest decision counts. By file, in code-unit order. */
export function decisionsNow({ decisions }: DecisionLog, source: string): ImageDecision[] {
  const last = new Map<string, ImageDecision>();
  for (const { file, kind, value, reason, decidedAt } of decisions.list(source)) {
    if (kind === 'restore') last.delete(file);
    else last.set(file, { file, kind, className: value, reason, decidedAt });
  }
  return [...last.values()].sort((a, b) => (a.file < b.file ? -1 : 1));
}

function filesNow(library: DecisionLog, source: string, kind: ChoiceKind): string[] {
  return decisionsNow(library, source).flatMap((one) => (one.kind === kind ? [one.file] : []));
}

/** The files of a source that are left out now, in code-unit order. */
export function leftOutFiles(library: DecisionLog, source: string): string[] {
  return filesNow(library, source, 'leave-out');
}

/** The files that somebody looked at and found right. */
export function keptFiles(library: DecisionLog, source: string): string[] {
  return filesNow(library, source, 'keep');
}

/** The version of what is decided now; undefined if nothing is left out or relabelled. */
export function currentDecisions(library: Decisions, source: string): Promise<string | undefined> {
  const decided = decisionsNow(library, source).flatMap(
    ({ file, kind, className }): FileDecision[] => {
      if (kind === 'leave-out') return [{ file, kind }];
      return kind === 'relabel' && className !== null ? [{ file, kind, class: className }] : [];
    },
  );
  return keepDecisions(library.cacheFolder, decided);
}

/** For a new run: a version that is given stays. */
export async function withCurrentDecisions(library: Decisions, data: DataSpec): Promise<DataSpec> {
  if (data.decisions !== undefined) return data;
  const decisions = await currentDecisions(library, data.source);
  return decisions === undefined ? data : { ...data, decisions };
}

/**
 * The findings without the images that somebody found right; a group of which one image is left says nothing
 * any more. Counts and notes stay: they are facts about the data.
 */
export function withoutKept(inspection: Inspection, kept: readonly string[]): Inspection {
  if (kept.length === 0) return inspection;
  const known = new Set(kept);
  const open = <I extends { readonly source: string }>(images: readonly I[]): I[] =>
    images.filter(({ source }) => !known.has(source));
  const groups = (all: readonly SameGroup[]): SameGroup[] =>
    all.map((group) => open(group)).filter((group) => group.length > 1);
  return {
    ...inspection,
    duplicates: groups(inspection.duplicates),
    acrossSplits: groups(inspection.acrossSplits),
    contradicting: groups(inspection.contradicting),
    nearDuplicates: groups(inspection.nearDuplicates),
    nearAcrossSplits: groups(inspection.nearAcrossSplits),
    oddSizes: open(inspection.oddSizes),
    damaged: open(inspection.damaged),
    transparent: open(inspection.transparent),
  };
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
export async function filesOfFinding(
  finding: FindingName,
  dataset: Dataset,
  kept: readonly string[] = [],
): Promise<string[]> {
  const inspection = withoutKept(await inspectDataset(dataset), kept);
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

/** @throws inputError `no-such-class` */
export function requireClass(classes: readonly string[], name: string, source: string): void {
  if (classes.includes(name)) return;
  const close = closestNames(name, classes);
  const hint = close.length === 0 ? '' : ` Did you mean ${close.join(' or ')}?`;
  throw inputError('no-such-class', `${source} has no class "${name}".${hint}`, { path: name });
}

/** @throws inputError `no-such-image`, `no-such-class` */
export function requireDecidable(dataset: Dataset, decisions: readonly NewDecisions[]): void {
  requireImages(
    dataset,
    decisions.flatMap(({ files }) => files),
  );
  const names = decisions.flatMap(({ kind, value }) => (kind === 'relabel' ? (value ?? '') : []));
  for (const name of new Set(names)) requireClass(dataset.classes, name, dataset.name);
}

/** @throws inputError `nothing-decided` */
export function undoLast({ decisions }: DecisionLog, source: string): void {
  if (decisions.undo(source).length > 0) return;
  throw inputError('nothing-decided', `${source} has no decision that could be taken back.`, {
    path: source,
  });
}

/**
 * Takes back what holds for these files, or for all that are left out or relabelled. Returns the files.
 * @throws inputError `not-decided`
 */
export function restoreFiles(
  { decisions }: DecisionLog,
  source: string,
  files: readonly string[] | 'all',
): readonly string[] {
  const decided = decisionsNow({ decisions }, source);
  const wanted =
    files === 'all' ? decided.filter(({ kind }) => kind !== 'keep').map(({ file }) => file) : files;
  const known = new Set(decided.map(({ file }) => file));
  const unknown = wanted.find((file) => !known.has(file));
  if (unknown !== undefined) {
    throw inputError('not-decided', `Nothing was decided about "${unknown}" of ${source}.`, {
      path: unknown,
    });
  }
  if (wanted.length > 0) {
    decisions.decide(source, { files: wanted, kind: 'restore', reason: 'restored' });
  }
  return wanted;
}
