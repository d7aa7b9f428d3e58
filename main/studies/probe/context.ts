// What a probe works on: a planned network with weights, and images. The trainer makes one from a run; a
// test makes one by hand. Probes never see files, runs or users.
import type { Normalization } from '../../engine/ops/input.ts';
import type { NetworkPlan } from '../../zoo/plan.ts';

export type SplitName = 'train' | 'val' | 'test';

export interface ProbeImages {
  readonly split: SplitName;
  readonly count: number;
  readonly labels: Int32Array;
  /** [rows, H, W, C]. */
  read(rows: Int32Array): Promise<Uint8Array>;
}

export interface ProbedNetwork {
  readonly plan: NetworkPlan;
  /** Parameters and statistics by name, in the engine's layout. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly normalization: Normalization;
}

export interface ProbeContext extends ProbedNetwork {
  /** Of the run. */
  readonly seed: number;
  readonly classNames: readonly string[];
  /** The network that is compared with, if there is one; it sees the same images. */
  readonly other?: ProbedNetwork | undefined;
  /** @throws inputError `no-such-split` */
  images(split: SplitName | undefined): ProbeImages;
  /** Tells how far it is; throws when it is asked to stop. */
  report(message: string, fraction: number): Promise<void>;
}
