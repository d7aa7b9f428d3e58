// What may be said about two groups: the difference with its interval and test, or why nothing may be
// said. Pure. Never says better or worse with fewer than three runs a side, or where more than the
// field under study differs.
import { formatExact, formatSignificant } from '../format.ts';
import { MOST_SEEDS, pooledDeviation, seedsFor } from '../stats/seeds-needed.ts';
import {
  holm,
  pairedDifference,
  TEST_NAMES,
  welchDifference,
  type Difference,
} from '../stats/tests.ts';
import { concernsOf, type Concern, type Study } from './fairness.ts';
import { countedValues, type RunGroup } from './groups.ts';
import type { Measure } from './measure.ts';

export const LEAST_RUNS = 3;
export const LEVEL = 0.05;

export interface Verdict {
  readonly baseline: RunGroup;
  readonly group: RunGroup;
  readonly concerns: readonly Concern[];
  /** Seeds that count, of the baseline and of the group. */
  readonly n: readonly [number, number];
  readonly difference: Difference | null;
  /**
   * Seeds a side that a difference as large as the one seen needs, for unpaired runs that spread as these
   * do. Null where no spread is known or the means are equal.
   */
  readonly seedsNeeded: number | null;
  /** After Holm's adjustment for all verdicts of the comparison. */
  readonly adjustedP: number | null;
  readonly outcome: 'too-few' | 'unfair' | 'better' | 'worse' | 'different' | 'no-difference';
  readonly sentence: string;
}

export function verdictsOf(
  groups: readonly RunGroup[],
  baselineKey: string,
  options: { readonly measure: Measure; readonly study: Study },
): Verdict[] {
  const { measure, study } = options;
  const baseline = groups.find(({ key }) => key === baselineKey);
  if (!baseline) return [];
  const pairs = groups
    .filter((group) => group !== baseline)
    .map((group) => ({ group, ...differenceOf(baseline, group, measure) }));
  const tested = pairs.filter(({ difference }) => difference !== null);
  const adjusted = holm(tested.map(({ difference }) => difference?.p ?? 1));
  return pairs.map((pair) => {
    const at = tested.indexOf(pair);
    const adjustedP = at < 0 ? null : (adjusted[at] ?? null);
    const concerns = concernsOf([baseline, pair.group], study);
    const facts = { ...pair, baseline, concerns, adjustedP };
    const outcome = outcomeOf(facts, measure);
    const words = { comparisons: tested.length, measure, outcome };
    return { ...facts, outcome, sentence: sentenceOf(facts, words) };
  });
}

type Facts = Omit<Verdict, 'outcome' | 'sentence'>;

/** On the seeds that both have run where those are enough, else all of either side. */
function differenceOf(
  baseline: RunGroup,
  group: RunGroup,
  measure: Measure,
): Pick<Verdict, 'n' | 'difference' | 'seedsNeeded'> {
  const a = countedValues(baseline, measure);
  const b = countedValues(group, measure);
  const n = [a.length, b.length] as const;
  const seedsNeeded = seedsNeededOf(
    a.map(({ value }) => value),
    b.map(({ value }) => value),
  );
  if (Math.min(...n) < LEAST_RUNS) return { n, difference: null, seedsNeeded };
  const shared = a.flatMap(({ seed, value }) => {
    const partner = b.find((one) => one.seed === seed);
    return partner ? [{ a: value, b: partner.value }] : [];
  });
  const difference =
    shared.length >= LEAST_RUNS
      ? pairedDifference(
          shared.map((pair) => pair.a),
          shared.map((pair) => pair.b),
        )
      : welchDifference(
          a.map(({ value }) => value),
          b.map(({ value }) => value),
        );
  return { n, difference: difference ?? null, seedsNeeded };
}

function seedsNeededOf(a: readonly number[], b: readonly number[]): number | null {
  const deviation = pooledDeviation(a, b);
  if (deviation === undefined || Math.min(a.length, b.length) === 0) return null;
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const difference = Math.abs(mean(a) - mean(b));
  return difference > 0 ? seedsFor(difference, deviation) : null;
}

/** What to do about a difference that is not shown; empty where nothing is known or enough were run. */
function seedsAdvice({ seedsNeeded, n }: Pick<Verdict, 'seedsNeeded' | 'n'>): string {
  if (seedsNeeded === null || seedsNeeded <= Math.min(...n)) return '';
  const count = formatExact(seedsNeeded);
  const needed = seedsNeeded >= MOST_SEEDS ? `more than ${count}` : `about ${count}`;
  return ` At the spread seen, this difference needs ${needed} seeds a side.`;
}

function outcomeOf(
  { difference, concerns, adjustedP }: Facts,
  measure: Measure,
): Verdict['outcome'] {
  if (difference === null || adjustedP === null) return 'too-few';
  if (concerns.some(({ isUnfair }) => isUnfair)) return 'unfair';
  if (adjustedP >= LEVEL) return 'no-difference';
  if (measure.better === 0) return 'different';
  return difference.mean * measure.better > 0 ? 'better' : 'worse';
}

function sentenceOf(
  { baseline, group, n, difference, seedsNeeded, adjustedP, concerns }: Facts,
  words: {
    readonly comparisons: number;
    readonly measure: Measure;
    readonly outcome: Verdict['outcome'];
  },
): string {
  const { comparisons, measure, outcome } = words;
  const name = measure.title.charAt(0).toLowerCase() + measure.title.slice(1);
  if (difference === null) {
    return (
      `${group.label} against ${baseline.label}: ${n[1]} and ${n[0]} finished runs with a ${name}. ` +
      `With fewer than ${LEAST_RUNS} a side nothing can be said about better or worse; train more seeds.${seedsAdvice({ seedsNeeded, n })}`
    );
  }
  const { mean, low, high, test, degrees } = difference;
  const basis =
    test === 'welch' ? `${n[1]} against ${n[0]} runs` : `${difference.n} pairs with the same seed`;
  const freedom =
    test === 'sign-flip' ? '' : `, ${formatSignificant(degrees, 2)} degrees of freedom`;
  const adjusted = comparisons > 1 ? `, Holm-adjusted for ${comparisons} comparisons` : '';
  const delta = (value: number): string => measure.formatDelta(value, (high - low) / 2);
  const evidence =
    `difference ${delta(mean)}, 95 % CI ${delta(low)} to ${delta(high)}; ` +
    `${TEST_NAMES[test]} on ${basis}${freedom}, p ${formatP(adjustedP ?? 1)}${adjusted}`;
  const head = `${group.label} against ${baseline.label}, ${name}: `;
  switch (outcome) {
    case 'unfair': {
      const first = concerns.find(({ isUnfair }) => isUnfair)?.sentence ?? '';
      return `${head}${evidence}. But more than the field under study differs, so this is no verdict on it. ${first}`;
    }
    case 'better':
      return `${head}better (${evidence}).`;
    case 'worse':
      return `${head}worse (${evidence}).`;
    case 'different':
      return `${head}different (${evidence}).`;
    case 'no-difference':
    case 'too-few':
      return `${head}no difference shown (${evidence}). That is not proof of equality.${seedsAdvice({ seedsNeeded, n })}`;
  }
}

export function formatP(p: number): string {
  return p < 0.001 ? '< 0.001' : `= ${p.toFixed(p < 0.1 ? 3 : 2)}`;
}
