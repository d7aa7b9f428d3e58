// Measurements → findings: what was promised, what was seen, with n and how noisy it was.
import {
  DIAGNOSTICS_LIMIT,
  EPOCH_LIMIT,
  LIMIT_AGAINST,
  MEMORY_LIMIT_BYTES,
  STREAMING_LIMIT,
  type StepCase,
} from './cases.ts';
import type { DeepTraining, StepTimes } from './engine-steps.ts';
import type { EpochTimes, StreamingTimes } from './epoch.ts';
import type { ReferenceTimes } from './reference.ts';
import { median, spreadPercent } from './statistics.ts';

export interface Finding {
  readonly case: string;
  readonly what: string;
  /** Median and number of samples of each side, in milliseconds unless `what` says otherwise. */
  readonly ours: Sample;
  readonly other?: Sample & { readonly name: string };
  /** Median of the rounds' ratios: other / ours where more is better for us, else ours / other. */
  readonly ratio?: number;
  readonly limit?: string;
  readonly isMet?: boolean;
  readonly note?: string;
}

export interface Sample {
  readonly median: number;
  readonly n: number;
  readonly spreadPercent: number;
}

function sample(values: readonly number[]): Sample {
  return { median: median(values), n: values.length, spreadPercent: spreadPercent(values) };
}

/** One turn of everybody at the same case. */
export interface Round {
  readonly ours: StepTimes;
  readonly references: readonly ReferenceTimes[];
}

type Compare = (pick: (round: Round) => readonly number[]) => Sample & { share: number };

/** tfjs has neither low precision nor a recorded evaluation to stand beside ours. */
function isOfTfjs(rounds: readonly Round[]): boolean {
  return rounds.every(({ ours }) => ours.layersMs.length > 0);
}

function againstTfjs(
  of: StepCase,
  rounds: readonly Round[],
  { ours, compare }: { readonly ours: Sample; readonly compare: Compare },
): Finding[] {
  const layers = compare((round) => round.ours.layersMs);
  const eager = compare((round) => round.ours.eagerMs);
  const first = rounds[0]?.ours;
  return [
    {
      case: of.name,
      what: 'recorded step against eager tfjs (its layers API, trainOnBatch)',
      ours,
      other: { name: 'tfjs layers', ...layers },
      ratio: 1 / layers.share,
      ...(of.overEager === undefined
        ? {}
        : { limit: `≥ ${of.overEager} × faster`, isMet: 1 / layers.share >= of.overEager }),
      note: `${first?.graphNodes ?? 0} nodes recorded in ${((first?.recordMs ?? 0) / 1000).toFixed(1)} s`,
    },
    {
      case: of.name,
      what: 'recorded step against the same step op by op',
      ours,
      other: { name: 'our ops, eager', ...eager },
      ratio: 1 / eager.share,
    },
  ];
}

function step(of: StepCase, rounds: readonly Round[]): Finding[] {
  const ours = sample(rounds.flatMap((round) => round.ours.recordedMs));
  const compare: Compare = (pick) => ({
    ...sample(rounds.flatMap(pick)),
    share: median(rounds.map((round) => median(round.ours.recordedMs) / median(pick(round)))),
  });
  const findings: Finding[] = isOfTfjs(rounds) ? againstTfjs(of, rounds, { ours, compare }) : [];
  for (const { name, missing, versions } of rounds[0]?.references ?? []) {
    const what = `recorded ${of.pass === 'train' ? 'step' : 'evaluation'} against ${name}`;
    const ofRound = (round: Round): readonly number[] =>
      round.references.find((reference) => reference.name === name)?.stepsMs ?? [];
    if (missing !== undefined || rounds.some((round) => ofRound(round).length === 0)) {
      findings.push({ case: of.name, what, ours, note: `not measured: ${missing ?? 'no times'}` });
      continue;
    }
    const other = compare(ofRound);
    const limit = LIMIT_AGAINST[name];
    findings.push({
      case: of.name,
      what,
      ours,
      other: { name, ...other },
      ratio: other.share,
      ...(limit === undefined ? {} : { limit: `≤ ${limit} ×`, isMet: other.share <= limit }),
      note: Object.entries(versions)
        .map(([library, version]) => `${library} ${version}`)
        .join(', '),
    });
  }
  return findings;
}

/** Two lists of durations measured in turns: `ours[i]` beside `other[i]`. */
function paired(
  about: Pick<Finding, 'case' | 'what'>,
  sides: { ours: readonly number[]; other: readonly number[]; name: string; limit: number },
): Finding[] {
  const ratio = median(sides.ours.map((value, i) => value / (sides.other[i] ?? Number.NaN)));
  return [
    {
      ...about,
      ours: sample(sides.ours),
      other: { name: sides.name, ...sample(sides.other) },
      ratio,
      limit: `≤ ${sides.limit} ×`,
      isMet: ratio <= sides.limit,
    },
  ];
}

function diagnostics(times: {
  readonly withMs: readonly number[];
  readonly withoutMs: readonly number[];
}): Finding[] {
  return paired(
    { case: 'diagnostics', what: '20 steps with diagnostics every 10 against none' },
    { ours: times.withMs, other: times.withoutMs, name: 'without', limit: DIAGNOSTICS_LIMIT },
  );
}

function epoch({ epochMs, stepMs }: EpochTimes): Finding[] {
  return paired(
    { case: 'epoch', what: 'a step of a whole epoch against a bare step' },
    { ours: epochMs, other: stepMs, name: 'bare step', limit: EPOCH_LIMIT },
  );
}

function streaming({ streamedMs, residentMs }: StreamingTimes): Finding[] {
  return paired(
    {
      case: 'streaming',
      what: 'a step of an epoch read from the pack against one of resident data',
    },
    { ours: streamedMs, other: residentMs, name: 'resident', limit: STREAMING_LIMIT },
  );
}

function memory(of: DeepTraining): Finding[] {
  const gibibytes = of.peakBytes / 1024 ** 3;
  const finite = of.losses.every(Number.isFinite);
  return [
    {
      case: 'resnet1202',
      what: 'ResNet-1202 at batch 8, a step',
      ours: sample(of.stepsMs.slice(1)),
      limit: 'trains within 16 GiB',
      isMet: finite && of.peakBytes <= MEMORY_LIMIT_BYTES,
      note: `peak ${gibibytes.toFixed(1)} GiB, ${of.graphNodes} nodes recorded in ${(of.recordMs / 1000).toFixed(0)} s, losses ${of.losses.map((loss) => loss.toFixed(2)).join(' ')}`,
    },
  ];
}

export const judge = { step, diagnostics, epoch, streaming, memory };

export function formatFindings(findings: readonly Finding[]): string {
  return findings
    .map((finding) => {
      const verdict = finding.isMet === undefined ? ' ' : finding.isMet ? '✓' : '✗';
      const other = finding.other ? `  ${finding.other.name} ${milliseconds(finding.other)}` : '';
      const ratio = finding.ratio === undefined ? '' : `  ratio ${finding.ratio.toFixed(3)}`;
      const limit = finding.limit === undefined ? '' : `  (promised ${finding.limit})`;
      const note = finding.note === undefined ? '' : `\n    ${finding.note}`;
      return `${verdict} ${finding.case}: ${finding.what}\n    ours ${milliseconds(finding.ours)}${other}${ratio}${limit}${note}\n`;
    })
    .join('');
}

function milliseconds({ median: value, n, spreadPercent: spread }: Sample): string {
  return `${value.toFixed(value < 100 ? 1 : 0)} ms (n = ${n}, ±${spread.toFixed(1)} %)`;
}
