// The answer of a report before all evidence: which variant came out ahead, by how much, and whether that
// can be chance. Pure. Claims nothing that the verdicts don't.
import { spreadText } from '../../shared/compare/comparison-table.ts';
import { groupSummary, type RunGroup } from '../../shared/compare/groups.ts';
import { formatP, LEAST_RUNS, verdictsOf, type Verdict } from '../../shared/compare/verdict.ts';
import type { Measure } from '../../shared/compare/measure.ts';
import { SPREAD_NAMES, type Summary } from '../../shared/stats/summary.ts';
import type { Comparison } from './comparison.ts';
import { paragraph, sentences, warning, type DraftPiece } from './draft-pieces.ts';

interface Ranked {
  readonly group: RunGroup;
  readonly summary: Summary;
}

export function summaryPieces(comparison: Comparison): DraftPiece[] {
  const { groups, measure, spread, baselineKey, study } = comparison;
  const name = lower(measure.title);
  const ranked = groups
    .flatMap((group): Ranked[] => {
      const summary = groupSummary(group, measure);
      return summary ? [{ group, summary }] : [];
    })
    .sort((a, b) => (b.summary.mean - a.summary.mean) * (measure.better || 1));
  const [first] = ranked;
  if (!first) return [paragraph(`No run has finished with a ${name} yet.`)];
  const value = spreadText(first.summary, measure, spread);
  const { n } = first.summary;
  const basis = n > 1 ? `mean ± ${SPREAD_NAMES[spread]}, n = ${n} seeds` : 'one seed';
  if (groups.length === 1) {
    return [paragraph(`${first.group.label} reached a ${name} of ${value} (${basis}).`)];
  }
  const verdicts = verdictsOf(groups, baselineKey, { measure, study });
  const baseline = groups.find(({ key }) => key === baselineKey);
  const isBaseline = first.group.key === baselineKey;
  const own = verdicts.find(({ group }) => group.key === first.group.key);
  const others = verdicts.filter((verdict) => verdict !== own);
  const lead = paragraph(
    sentences(
      `${first.group.label} has the ${measure.better === -1 ? 'lowest' : 'highest'} ${name}: ${value} (${basis}).`,
      isBaseline ? 'It is the baseline.' : own && ownSentence(own, baseline?.label ?? '', measure),
      othersSentence(others, baseline?.label ?? '', measure),
    ),
  );
  const unfair = verdicts.flatMap(({ concerns }) => concerns.filter(({ isUnfair }) => isUnfair));
  const [concern] = unfair;
  return concern === undefined
    ? [lead]
    : [lead, warning(`This comparison is not fair, so it decides nothing: ${concern.sentence}`)];
}

function ownSentence(
  { outcome, difference, adjustedP, n }: Verdict,
  base: string,
  measure: Measure,
): string {
  if (difference === null) {
    return `With ${n[1]} and ${n[0]} finished seeds nothing can be said about better or worse than ${base}; that takes ${LEAST_RUNS} a side.`;
  }
  const delta = (value: number): string =>
    measure.formatDelta(value, (difference.high - difference.low) / 2);
  const size = delta(difference.mean).replace(/ pp$/, ' percentage points');
  const gap = `${size} against the baseline ${base} (95 % CI ${delta(difference.low)} to ${delta(difference.high)}, p ${formatP(adjustedP ?? 1)})`;
  if (outcome === 'unfair') return `That is ${gap}.`;
  return outcome === 'no-difference'
    ? `That is ${gap}, which can be chance.`
    : `That is ${gap}: more than chance explains.`;
}

const WORDS: Readonly<Record<Verdict['outcome'], string>> = {
  better: 'better than',
  worse: 'worse than',
  different: 'different from',
  'no-difference': 'not shown to differ from',
  'too-few': 'not judged against',
  unfair: 'not fairly compared with',
};

function othersSentence(verdicts: readonly Verdict[], base: string, measure: Measure): string {
  const outcomes = verdicts.map(({ group, outcome, difference }) => {
    const gap = difference === null ? '' : ` (${measure.formatDelta(difference.mean)})`;
    return `${group.label} is ${WORDS[outcome]} ${base}${gap}`;
  });
  return outcomes.length === 0 ? '' : `${outcomes.join('; ')}.`;
}

function lower(title: string): string {
  return title.charAt(0).toLowerCase() + title.slice(1);
}
