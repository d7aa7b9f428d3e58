// What a report is written from: the runs as they are, gathered by the host. Data only.
import type { ComparedRun } from '../../shared/compare/compared-run.ts';
import type { Confusion } from '../../shared/compare/confusion.ts';
import type { RunColours } from '../../shared/compare/run-looks.ts';
import type { CalibrationReport } from '../../shared/contract/app/outputs.ts';
import type { CurveRequest } from '../../shared/contract/app/curves.ts';
import type { CurveData } from '../../shared/curves/curve-data.ts';
import type { NetworkOutline } from '../../shared/contract/app/zoo.ts';
import type { Finding, Verdict } from '../../shared/contract/findings.ts';
import type { ReportBlock, ReportDocument } from '../../shared/contract/app/reports.ts';

export type FindingBlock = Pick<Extract<ReportBlock, { kind: 'finding' }>, 'of'>;

export interface FoundSection {
  readonly title: string;
  /** The paper, and what it was measured on. */
  readonly source: string;
  readonly claim: string | undefined;
  readonly verdict: Verdict | undefined;
  readonly finding: Finding;
}

/** As the store gives it; vectors have one number for each label. */
export interface ReportSeries {
  readonly name: string;
  readonly width: number;
  readonly labels: readonly string[];
  readonly unit: string;
  readonly steps: Int32Array;
  readonly elapsedMs: Float64Array;
  readonly values: Float32Array;
}

/** Of a run's best checkpoint, else its last. */
export interface NetworkToTry {
  readonly width: number;
  readonly height: number;
  readonly classes: number;
  /** As text in a page. */
  readonly weightBytes: number;
}

export interface ReportData {
  readonly document: ReportDocument;
  /** Of the report's own comparison. */
  readonly runs: readonly ComparedRun[];
  /** That only single blocks show. */
  readonly others: readonly ComparedRun[];
  /** Ids that the report names and the library no longer has. */
  readonly missing: readonly string[];
  /** Any of them, in the order asked for, with means of last points over `lastK`. */
  readonly compared: (ids: readonly string[], lastK: number) => readonly ComparedRun[];
  /** For a heat map: at most `maxPoints` points. Undefined if the run has none. */
  readonly series: (id: string, name: string, maxPoints: number) => ReportSeries | undefined;
  /** Made from all points; null where there are none. */
  readonly curve: (request: CurveRequest) => CurveData | null;
  /** Of the checkpoint that stands for the run; undefined if it was never judged. */
  readonly confusion: (id: string) => Confusion | undefined;
  /** Of the checkpoint that stands for the run; undefined if nobody looked at it. */
  readonly calibration: (id: string) => CalibrationReport | undefined;
  /** Undefined without a checkpoint; a reason where pages can't compute it. */
  readonly network: (id: string) => NetworkToTry | { readonly reason: string } | undefined;
  /** Of a study or a probe; undefined if the library no longer has it. */
  readonly finding: (block: FindingBlock) => FoundSection | undefined;
  readonly outline: (run: ComparedRun) => NetworkOutline | undefined;
  /** Of the library's runs, as pages show them. */
  readonly colours: RunColours;
  /** When it is written, ISO 8601, and by which version. */
  readonly writtenAt: string;
  readonly codeVersion: string;
}

export function allRuns({ runs, others }: Pick<ReportData, 'runs' | 'others'>): ComparedRun[] {
  return [...runs, ...others];
}
