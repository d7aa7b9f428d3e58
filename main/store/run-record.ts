// What is known about a run. A run is one training with one seed, one spec and one code version.
// `spec`, `environment` and `error` are JSON documents of other parts; the store returns them as given.
import { z } from 'zod';
import type { ImportedRun } from '../../shared/contract/imported-run.ts';
import type { Stretch } from '../../shared/contract/run-clock.ts';
import type { RunHistoryEntry } from '../../shared/contract/run-history.ts';
import type { RunStatus } from '../../shared/contract/run-status.ts';
import type { Family } from '../../shared/spec/autoencoder.ts';
import type { QueueWish } from './queue.ts';

export type { RunStatus } from '../../shared/contract/run-status.ts';

export const checkpointFacts = z.object({
  step: z.number().int(),
  /** Relative to the run's folder. */
  file: z.string(),
  sizeBytes: z.number().int(),
  sha256: z.string(),
});
export type CheckpointFacts = z.infer<typeof checkpointFacts>;

/** Weights kept because they are among the best, or because of their epoch. */
export const keptCheckpoint = checkpointFacts.extend({
  accuracy: z.number().nullable(),
  loss: z.number().nullable(),
  isBest: z.boolean(),
  isPeriodic: z.boolean(),
});

export const runCheckpoints = z.object({
  last: checkpointFacts.optional(),
  best: checkpointFacts.optional(),
  kept: z.array(keptCheckpoint).optional(),
});
export type RunCheckpoints = z.infer<typeof runCheckpoints>;

/** Summary numbers by name: bestValAccuracy, bestStep, lastTrainLoss, … null: not a finite number. */
export const runMetrics = z.record(z.string(), z.number().nullable());
export type RunMetrics = Readonly<z.infer<typeof runMetrics>>;

/** Everything except the documents that are large and rarely listed. */
export interface RunSummary {
  readonly id: string;
  readonly name: string;
  readonly group: string | null;
  readonly architecture: string;
  /** An imported run is taken for a classifier. */
  readonly family: Family;
  readonly seed: number;
  /** `interrupted` also when the row says `running` but its process is gone. */
  readonly status: RunStatus;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly deletedAt: string | null;
  /** The living process that trains it now. */
  readonly owner: { readonly pid: number; readonly host: string } | null;
  readonly dataName: string;
  readonly dataFingerprint: string;
  readonly classCount: number;
  readonly codeVersion: string;
  readonly step: number;
  readonly totalSteps: number;
  readonly epoch: number;
  /** Training time without pauses. */
  readonly elapsedMs: number;
  readonly metrics: RunMetrics;
  readonly checkpoints: RunCheckpoints;
  readonly error: unknown;
  readonly notes: string;
  readonly tags: readonly string[];
  /** When it trained; empty for runs of before this was kept, and before the first step. */
  readonly stretches: readonly Stretch[];
  /** What was done to it besides training it through, oldest first. */
  readonly history: readonly RunHistoryEntry[];
  /** Of a run that was not trained here: where its curves come from. Its spec is null. */
  readonly imported: ImportedRun | null;
}

export interface RunRecord extends RunSummary {
  readonly spec: unknown;
  /** The named recipe that the spec's came from, and deviations from it; null if there is none. */
  readonly recipeOrigin: unknown;
  readonly environment: unknown;
}

export interface NewRun {
  readonly name: string;
  readonly group?: string | null;
  readonly architecture: string;
  readonly seed: number;
  readonly spec: unknown;
  readonly recipeOrigin?: unknown;
  readonly dataName: string;
  readonly dataFingerprint: string;
  readonly classCount: number;
  readonly codeVersion: string;
  readonly environment?: unknown;
  readonly totalSteps: number;
  readonly notes?: string;
  readonly tags?: readonly string[];
  readonly imported?: ImportedRun | null;
}

/** What may change later. Seed, data and creation never do: they are what the run is. */
export interface RunChanges {
  readonly name?: string;
  readonly group?: string | null;
  readonly status?: RunStatus;
  readonly spec?: unknown;
  readonly codeVersion?: string;
  readonly environment?: unknown;
  readonly step?: number;
  readonly totalSteps?: number;
  readonly epoch?: number;
  readonly elapsedMs?: number;
  readonly metrics?: RunMetrics;
  readonly checkpoints?: RunCheckpoints;
  readonly error?: unknown;
  readonly notes?: string;
  readonly tags?: readonly string[];
  readonly stretches?: readonly Stretch[];
  readonly history?: readonly RunHistoryEntry[];
  readonly recipeOrigin?: unknown;
}

export type RunSortKey =
  'createdAt' | 'updatedAt' | 'name' | 'architecture' | 'status' | 'step' | 'elapsedMs';

export interface RunQuery {
  readonly status?: readonly RunStatus[];
  readonly group?: string;
  readonly architecture?: string;
  readonly dataFingerprint?: string;
  readonly tag?: string;
  /** Part of the id, name, architecture, group or notes. */
  readonly text?: string;
  /** Lists the deleted runs instead of the others. */
  readonly deleted?: boolean;
  /** A metric sorts by its value, runs without it last. Default: createdAt, newest first. */
  readonly sortBy?: RunSortKey | { readonly metric: string };
  readonly descending?: boolean;
  readonly limit?: number;
  readonly offset?: number;
}

export interface RunPage {
  readonly runs: readonly RunSummary[];
  /** How many runs match, on all pages. */
  readonly total: number;
  /** Ids of runs whose record is damaged; they are not in `runs`. */
  readonly damaged: readonly string[];
}

export interface RunReader {
  list(query?: RunQuery): RunPage;
  /** By id, by the beginning of an id or by its last four characters; throws when that is ambiguous. */
  find(reference: string): RunRecord | undefined;
  get(reference: string): RunRecord;
  /** One spec for each fingerprint that runs on this source recorded, the newest first. */
  specsOn(source: string): readonly { readonly fingerprint: string; readonly spec: unknown }[];
  /** What another process asks of the one that trains this run; null: nothing. */
  wishOf(id: string): QueueWish | null;
}

/** A run of another library, with its own id and times. */
export interface ForeignRun extends NewRun {
  readonly id: string;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

export interface RunWriter {
  create(run: NewRun): RunRecord;
  /** Takes in a run of another library; `update` gives it its state. Its id must be unused here. */
  adopt(run: ForeignRun): RunRecord;
  /** `finished`, `failed`, `interrupted` and `paused` release the run from its owner. */
  update(id: string, changes: RunChanges): RunRecord;
  /** Makes this process the owner of a run and sets it `running`; only one living process can be. */
  claim(id: string): RunRecord;
  /** Asks something of the process that trains this run; it looks for wishes by itself. */
  ask(id: string, wish: QueueWish): void;
  /** Writes down as `interrupted` what dead processes left running; returns those ids. */
  settleAbandoned(): readonly string[];
  /** Hides the run; `restore` brings it back. A run in training can't be deleted. */
  delete(id: string): RunRecord;
  restore(id: string): RunRecord;
  /** Removes a deleted run for good, with its series and files. */
  purge(id: string): void;
  /** The data lies elsewhere now: their specs name the new place. Returns how many runs there are. */
  moveData(from: string, to: string): number;
}
