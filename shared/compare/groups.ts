// Runs as a comparison sees them: seeds of one spec on the same data are one group, its numbers a mean
// with a spread. Pure. Runs that did not finish are in their group and in no mean.
import { partsOfBatch } from '../spec/devices.ts';
import { inSentence } from '../spec/field-name.ts';
import type { RunSpec } from '../spec/run.ts';
import { summarize, type Summary } from '../stats/summary.ts';
import { conditionOf, countsInMeans, type Condition } from './condition.ts';
import type { ComparedRun } from './compared-run.ts';
import { sharedName } from './shared-name.ts';
import { differencesOf } from './difference-text.ts';
import type { Measure } from './measure.ts';

export interface Member {
  readonly run: ComparedRun;
  readonly condition: Condition;
}

export interface RunGroup {
  /** Stable for one spec and data. */
  readonly key: string;
  readonly label: string;
  /** By seed. */
  readonly members: readonly Member[];
}

/**
 * What two seeds of one experiment share: all of the spec but its seed, its names and its devices. As many devices
 * are as many micro-batches: what batch norm sees at a time, and how random numbers are drawn, is the same.
 */
export function specOfGroup(spec: RunSpec | null): unknown {
  if (spec === null) return {};
  const { architecture, recipe, ...rest } = spec;
  return {
    architecture: without(architecture, ['name']),
    recipe: { ...recipe, microBatches: partsOfBatch(spec) },
    ...without(rest, ['name', 'group', 'seed', 'devices']),
  };
}

function without(document: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(document).filter(([name]) => !names.includes(name)));
}

/** Equal for seeds of one experiment: one spec on the same data. */
export function experimentKey(spec: RunSpec, dataFingerprint: string): string {
  return `${canonical(specOfGroup(spec))}\n${dataFingerprint}`;
}

/** JSON with sorted keys, so that the order in which a spec was written doesn't matter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** In the order of the runs' first members; labels are told apart. */
export function groupRuns(
  runs: readonly ComparedRun[],
  options: { readonly bySpec: boolean } = { bySpec: true },
): RunGroup[] {
  const groups = new Map<string, Member[]>();
  for (const run of runs) {
    // Nobody knows whether two imported runs are seeds of one experiment.
    const spec = options.bySpec ? run.spec : null;
    const key = spec === null ? run.run.id : experimentKey(spec, run.run.dataFingerprint);
    const member = { run, condition: conditionOf(run) };
    const members = groups.get(key);
    if (members) members.push(member);
    else groups.set(key, [member]);
  }
  const labels = distinctLabels([...groups.values()]);
  return [...groups.values()].map((members, i) => ({
    // The full text would be long as an address; the first run names the group as well.
    key: members.map(({ run }) => run.run.id).sort()[0] ?? '',
    label: labels[i] ?? '',
    members: members.toSorted((a, b) => a.run.run.seed - b.run.run.seed),
  }));
}

/** Over the members that count. */
export function groupSummary(group: RunGroup, measure: Measure): Summary | undefined {
  return summarize(countedValues(group, measure).map(({ value }) => value));
}

export interface SeedValue {
  readonly seed: number;
  readonly value: number;
}

/** One value a seed: a seed that was run again says nothing new about chance, so its runs are averaged. */
export function countedValues(group: RunGroup, measure: Measure): SeedValue[] {
  const bySeed = new Map<number, number[]>();
  for (const { run, condition } of group.members) {
    const value = countsInMeans(condition) ? measure.read(run) : null;
    if (value === null || !Number.isFinite(value)) continue;
    const { seed } = run.run;
    bySeed.set(seed, [...(bySeed.get(seed) ?? []), value]);
  }
  return [...bySeed].map(([seed, values]) => ({
    seed,
    value: values.reduce((sum, value) => sum + value, 0) / values.length,
  }));
}

export function seedsOf({ members }: Pick<RunGroup, 'members'>): number[] {
  return [...new Set(members.map(({ run }) => run.run.seed))];
}

/** The runs that means are made of, one of each seed. */
export function countedRuns({ members }: Pick<RunGroup, 'members'>): readonly ComparedRun[] {
  const marked = members.map(({ run, condition }) => ({
    ...{ run, seed: run.run.seed, isCounted: countsInMeans(condition) },
  }));
  return splitMembers(marked).counted.map(({ run }) => run);
}

/**
 * Which runs a mean curve is made of, one of each seed, and which are only drawn: those that did not
 * finish, and seeds that ran again.
 */
export function splitMembers<M extends { readonly seed: number; readonly isCounted: boolean }>(
  members: readonly M[],
): { readonly counted: readonly M[]; readonly leftOut: readonly M[] } {
  const counted = new Map<number, M>();
  const leftOut: M[] = [];
  for (const member of members.toSorted((a, b) => a.seed - b.seed)) {
    if (member.isCounted && !counted.has(member.seed)) counted.set(member.seed, member);
    else leftOut.push(member);
  }
  return { counted: [...counted.values()], leftOut };
}

/** `1 of 3 stopped, not in the mean`, `seed 2 ran 2 times, counted once`; nothing where all is well. */
export function conditionNotes(
  group: RunGroup,
  words: Readonly<Record<Condition, string>>,
): string[] {
  const counts = new Map<Condition, number>();
  for (const { condition } of group.members) {
    if (condition !== 'complete') counts.set(condition, (counts.get(condition) ?? 0) + 1);
  }
  const repeated = seedsOf(group).filter(
    (seed) =>
      group.members.filter(
        ({ run, condition }) => run.run.seed === seed && countsInMeans(condition),
      ).length > 1,
  );
  return [
    ...[...counts].map(([condition, count]) => {
      const consequence = countsInMeans(condition) ? '' : ', not in the mean';
      return `${count} of ${group.members.length} ${words[condition]}${consequence}`;
    }),
    ...(repeated.length === 0
      ? []
      : [
          `${repeated.length === 1 ? 'seed' : 'seeds'} ${repeated.join(', ')} ran more than once, each counts once`,
        ]),
  ];
}

/** What the runs' names share; where two groups would be called the same, what tells them apart. */
function distinctLabels(groups: readonly (readonly Member[])[]): string[] {
  const labels = groups.map((members) =>
    sharedName(
      members.map(({ run }) => run.run.name),
      members[0]?.run.run.name ?? '',
    ),
  );
  return labels.map((label, i) => {
    const twins = labels.flatMap((other, j) => (other === label ? [j] : []));
    if (twins.length < 2) return label;
    const specs = twins.map((j) => {
      const first = groups[j]?.[0]?.run;
      return first === undefined ? {} : specOfGroup(first.spec);
    });
    const telling = differencesOf(specs)
      .slice(0, 2)
      .map(({ name, texts }) => `${inSentence(name)} ${texts[twins.indexOf(i)] ?? ''}`);
    // Equal in every field, or too many fields: the run's id tells them apart.
    const words = telling.join(', ');
    return words !== '' && words.length <= 60
      ? `${label} (${words})`
      : `${label} (${groups[i]?.[0]?.run.run.id.slice(-4) ?? ''})`;
  });
}
