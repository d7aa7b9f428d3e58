// What a run tells while it goes on. Progress comes as often as the trainer sends it.
import type {
  CheckpointFacts,
  DataFacts,
  EvaluationFacts,
  FromTrainer,
  PreparedFacts,
} from '../../shared/contract/trainer.ts';
import type { RunRecord } from '../store/run-record.ts';
import type { Preparing } from './host-parts.ts';

export type RunProgress = Extract<FromTrainer, { kind: 'progress' }>;

export type RunEvent =
  | Preparing
  /** The run is in the library, waiting for its turn. */
  | { readonly kind: 'created'; readonly run: RunRecord }
  | { readonly kind: 'warning'; readonly message: string }
  | { readonly kind: 'data'; readonly facts: DataFacts }
  | { readonly kind: 'prepared'; readonly facts: PreparedFacts }
  | RunProgress
  | { readonly kind: 'evaluation'; readonly facts: EvaluationFacts }
  | { readonly kind: 'checkpoint'; readonly facts: CheckpointFacts };
