// What is read from a file of another tracker, before anything is stored.
import type { NotUsed, OwnAxis } from '../../shared/contract/imported-run.ts';
import type { RunStatus } from '../../shared/contract/run-status.ts';

export interface ForeignSeries {
  /** As it will be called here. */
  readonly name: string;
  readonly axis: OwnAxis;
  /** Steps, epochs, or milliseconds since the run's first point; in any order. */
  readonly xs: readonly number[];
  readonly values: readonly number[];
  /** Milliseconds since 1970 of each point; empty where the file has none. */
  readonly times: readonly number[];
}

export interface ForeignRun {
  readonly name: string;
  readonly status: RunStatus;
  readonly series: readonly ForeignSeries[];
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly notUsed: readonly NotUsed[];
}
