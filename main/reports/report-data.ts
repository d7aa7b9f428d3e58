// What a report is written from: the runs as they are, gathered by the host. Data only.
import type { ComparedRun } from '../../shared/compare/compared-run.ts';
import type { NetworkOutline } from '../../shared/contract/app/zoo.ts';
import type { ReportDocument } from '../../shared/contract/app/reports.ts';

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

export interface ReportData {
  readonly document: ReportDocument;
  readonly runs: readonly ComparedRun[];
  /** Ids that the report names and the library no longer has. */
  readonly missing: readonly string[];
  /** At most so many points of a series as `maxPoints` says; undefined if the run has none. */
  readonly series: (id: string, name: string, maxPoints: number) => ReportSeries | undefined;
  readonly outline: (run: ComparedRun) => NetworkOutline | undefined;
  /** When it is written, ISO 8601, and by which version. */
  readonly writtenAt: string;
  readonly codeVersion: string;
}
