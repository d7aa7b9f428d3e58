// What a run tells while it goes on. Progress comes as often as the trainer sends it.
import type {
  CheckpointFacts,
  DataFacts,
  EvaluationFacts,
  PreparedFacts,
  TrainEvent,
} from '../../shared/contract/trainer.ts';
import type { EpochMeans, TrainingValues } from '../../shared/curves/training-means.ts';
import type { RunRecord } from '../store/run-record.ts';
import type { Preparing } from './host-parts.ts';

/** Loss and accuracy are means over the last steps in the library; NaN before the first is there. */
export type RunProgress = Extract<TrainEvent, { kind: 'progress' }> & TrainingValues;

export type TrainingEvent =
  | Preparing
  /** The run is in the library, waiting for its turn. */
  | { readonly kind: 'created'; readonly run: RunRecord }
  | { readonly kind: 'warning'; readonly message: string }
  /** Something about the data, before the first step. */
  | { readonly kind: 'data-note'; readonly message: string }
  | { readonly kind: 'data'; readonly facts: DataFacts }
  | { readonly kind: 'prepared'; readonly facts: PreparedFacts }
  | RunProgress
  /** An epoch is over and its points are in the library. Comes before its evaluation. */
  | { readonly kind: 'epoch'; readonly means: EpochMeans }
  | {
      readonly kind: 'evaluation';
      readonly facts: EvaluationFacts;
      /** Training so far in the epoch that has begun, where the evaluation came inside of one. */
      readonly begun: TrainingValues | undefined;
    }
  | { readonly kind: 'checkpoint'; readonly facts: CheckpointFacts };
