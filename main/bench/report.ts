// Measurements → findings: what was promised, what was seen, with n and how noisy it was.
import {
  DIAGNOSTICS_LIMIT,
  EPOCH_LIMIT,
  LIMIT_AGAINST,
  MEMORY_LIMIT_BYTES,
  type StepCase,
} from './cases.ts';
import type { DeepTraining, StepTimes } from './engine-steps.ts';
import type { EpochTimes } from './epoch.ts';
import type { ReferenceTimes } from './reference.ts';
import { median, spreadPercent } from './statistics.ts';

export interface Finding {
  readonly case: string;
  readonly what: string;
  /** Median and number of samples of each side, in milliseconds unless `what` says otherwise. */
  readonly ours: Sample;
  readonly other?: Sample & { readonly name: string };
  /** Other / ours where more is better for us, ours / other where less is. */
  readonly ratio?: number;
  readonly promise?: string;
  readonly kept?: boolean;
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

function step(
  of: StepCase,
  runs: readonly StepTimes[],
  references: readonly ReferenceTimes[],
): Finding[] {
  const ours = sample(runs.flatMap((run) => run.recordedMs));
  const layers = sample(runs.flatMap((run) => run.layersMs));
  const eager = sample(runs.flatMap((run) => run.eagerMs));
  const [first] = runs;
  const overEager = layers.median / ours.median;
  return [
    {
      case: of.name,
      what: 'recorded step against eager tfjs (its layers API, trainOnBatch)',
      ours,
      other: { name: 'tfjs layers', ...layers },
      ratio: overEager,
      ...(of.overEager === undefined
        ? {}
        : { promise: `≥ ${of.overEager} × faster`, kept: overEager >= of.overEager }),
      note: `${first?.graphNodes ?? 0} nodes recorded in ${((first?.recordMs ?? 0) / 1000).toFixed(1)} s`,
    },
    {
      case: of.name,
      what: 'recorded step against the same step op by op',
      ours,
      other: { name: 'our ops, eager', ...eager },
      ratio: eager.median / ours.median,
    },
    ...references.map((reference): Finding => {
      if (reference.missing !== undefined) {
        return {
          case: of.name,
          what: `against ${reference.name}`,
          ours,
          note: `not measured: ${reference.missing}`,
        };
      }
      const other = sample(reference.stepsMs);
      const share = ours.median / other.median;
      const limit = LIMIT_AGAINST[reference.name];
      return {
        case: of.name,
        what: `recorded step against ${reference.name}`,
        ours,
        other: { name: reference.name, ...other },
        ratio: share,
        ...(limit === undefined ? {} : { promise: `≤ ${limit} ×`, kept: share <= limit }),
        note: Object.entries(reference.versions)
          .map(([name, version]) => `${name} ${version}`)
          .join(', '),
      };
    }),
  ];
}

function diagnostics({
  withMs,
  withoutMs,
}: {
  withMs: readonly number[];
  withoutMs: readonly number[];
}): Finding[] {
  const ours = sample(withMs);
  const other = sample(withoutMs);
  const ratio = ours.median / other.median;
  return [
    {
      case: 'diagnostics',
      what: '20 steps with diagnostics every 10 against none',
      ours,
      other: { name: 'without', ...other },
      ratio,
      promise: `≤ ${DIAGNOSTICS_LIMIT} ×`,
      kept: ratio <= DIAGNOSTICS_LIMIT,
    },
  ];
}

function epoch({ epochMs, stepMs }: EpochTimes): Finding[] {
  const ours = sample(epochMs);
  const other = sample(stepMs);
  const ratio = ours.median / other.median;
  return [
    {
      case: 'epoch',
      what: 'a step of a whole epoch against a bare step',
      ours,
      other: { name: 'bare step', ...other },
      ratio,
      promise: `≤ ${EPOCH_LIMIT} ×`,
      kept: ratio <= EPOCH_LIMIT,
    },
  ];
}

function memory(of: DeepTraining): Finding[] {
  const gibibytes = of.peakBytes / 1024 ** 3;
  const finite = of.losses.every(Number.isFinite);
  return [
    {
      case: 'resnet1202',
      what: 'ResNet-1202 at batch 8, a step',
      ours: sample(of.stepsMs.slice(1)),
      promise: 'trains within 16 GiB',
      kept: finite && of.peakBytes <= MEMORY_LIMIT_BYTES,
      note: `peak ${gibibytes.toFixed(1)} GiB, ${of.graphNodes} nodes recorded in ${(of.recordMs / 1000).toFixed(0)} s, losses ${of.losses.map((loss) => loss.toFixed(2)).join(' ')}`,
    },
  ];
}

export const judge = { step, diagnostics, epoch, memory };

export function formatFindings(findings: readonly Finding[]): string {
  return findings
    .map((finding) => {
      const verdict = finding.kept === undefined ? ' ' : finding.kept ? '✓' : '✗';
      const other = finding.other ? `  ${finding.other.name} ${milliseconds(finding.other)}` : '';
      const ratio = finding.ratio === undefined ? '' : `  ratio ${finding.ratio.toFixed(3)}`;
      const promise = finding.promise === undefined ? '' : `  (promised ${finding.promise})`;
      const note = finding.note === undefined ? '' : `\n    ${finding.note}`;
      return `${verdict} ${finding.case}: ${finding.what}\n    ours ${milliseconds(finding.ours)}${other}${ratio}${promise}${note}\n`;
    })
    .join('');
}

function milliseconds({ median: value, n, spreadPercent: spread }: Sample): string {
  return `${value.toFixed(value < 100 ? 1 : 0)} ms (n = ${n}, ±${spread.toFixed(1)} %)`;
}
