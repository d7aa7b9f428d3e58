// Runs: the queue, what is known of each, their series and what they got wrong.
import { z } from 'zod';
import { command, query, subscription } from '../../rpc/definition.ts';
import { FAMILIES } from '../../spec/autoencoder.ts';
import { RecipeOrigin } from '../../spec/recipe-origin.ts';
import { ExtensionSpec, LengthSpec } from '../../spec/recipe.ts';
import { RunSpec } from '../../spec/run.ts';
import { ImportedRun } from '../imported-run.ts';
import { Stretch } from '../run-clock.ts';
import { GoBackChoice, RunHistoryEntry } from '../run-history.ts';
import { RUN_STATUSES } from '../run-status.ts';
import { DataFacts, EvaluationFacts, PreparedFacts } from '../trainer.ts';
import { Nothing, Progress, RunId } from './common.ts';
import { ErrorDocument } from '../../error-document.ts';

export const RunStatus = z.enum(RUN_STATUSES);

const CheckpointFile = z.object({
  step: z.int(),
  file: z.string(),
  sizeBytes: z.number(),
  sha256: z.string(),
});

export const RunRow = z.object({
  id: RunId,
  name: z.string(),
  group: z.string().nullable(),
  architecture: z.string(),
  /** Absent: a classifier. */
  family: z.enum(FAMILIES).optional(),
  seed: z.int(),
  status: RunStatus,
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  dataName: z.string(),
  dataFingerprint: z.string(),
  classCount: z.int(),
  codeVersion: z.string(),
  step: z.int(),
  totalSteps: z.int(),
  epoch: z.number(),
  /** Training time without pauses. */
  elapsedMs: z.number(),
  /** When it trained; empty or absent where that was not kept, see `stretchesOf`. */
  stretches: z.array(Stretch).optional(),
  /** What was done to it besides training it through, oldest first. */
  history: z.array(RunHistoryEntry).optional(),
  /** bestValAccuracy, lastValAccuracy, lastTrainLoss, parameters, macs, imagesPerSecond, … */
  metrics: z.record(z.string(), z.number().nullable()),
  checkpoints: z.object({
    last: CheckpointFile.optional(),
    best: CheckpointFile.optional(),
    /** Those that the recipe keeps besides: among the best, or after every so many epochs. */
    kept: z
      .array(
        CheckpointFile.extend({
          accuracy: z.number().nullable(),
          loss: z.number().nullable(),
          isBest: z.boolean(),
          isPeriodic: z.boolean(),
        }),
      )
      .optional(),
  }),
  error: ErrorDocument.nullable(),
  notes: z.string(),
  tags: z.array(z.string()),
  /** Place in the queue, from 0, while it waits. */
  queuePosition: z.int().nullable(),
  /** When it was deleted; only in lists that include deleted runs. */
  deletedAt: z.string().nullable().optional(),
  /** Of a run that was not trained here: where its curves come from. */
  imported: ImportedRun.nullable().optional(),
});

export const RunDetail = RunRow.extend({
  /** Null for imported runs, whose settings nobody knows. */
  spec: RunSpec.nullable(),
  /** The named recipe that the spec's came from, and where it deviates; null for the user's own. */
  recipeOrigin: RecipeOrigin.nullable().optional(),
  data: DataFacts.nullable(),
  prepared: PreparedFacts.nullable(),
  environment: z.record(z.string(), z.unknown()),
});

export const RunProgress = z.object({
  step: z.int(),
  totalSteps: z.int(),
  epoch: z.number(),
  /** Means over the last steps; null before their points are in the library. */
  loss: z.number().nullable(),
  accuracy: z.number().nullable(),
  rate: z.number(),
  imagesPerSecond: z.number(),
  elapsedMs: z.number(),
  remainingMs: z.number(),
});

/**
 * A series, decimated if asked. Scalars: each bucket keeps its smallest and largest point and a point
 * that is not a number, so no spike is lost. Vectors: each bucket keeps the point of the largest norm.
 */
export const SeriesData = z.object({
  name: z.string(),
  width: z.int(),
  labels: z.array(z.string()),
  unit: z.string(),
  steps: z.instanceof(Int32Array),
  elapsedMs: z.instanceof(Float64Array),
  /** Row-major [steps.length, width]. */
  values: z.instanceof(Float32Array),
  /** Points before decimation. */
  pointCount: z.int(),
});

/** What happened to a run: news at once, what merely grows at most once a second. */
export const RunEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('changed'), run: RunRow }),
  z.object({ kind: z.literal('preparing'), id: RunId, progress: Progress }),
  z.object({ kind: z.literal('progress'), id: RunId, progress: RunProgress }),
  /** New points are in the library up to this step. */
  z.object({ kind: z.literal('points'), id: RunId, step: z.int() }),
  z.object({ kind: z.literal('evaluation'), id: RunId, facts: EvaluationFacts }),
  z.object({ kind: z.literal('removed'), id: RunId }),
]);

/** Validation examples with what the best checkpoint says of them, worst first. */
export const Mistakes = z.object({
  /** Steps of training that the judged checkpoint has behind it. */
  step: z.int().optional(),
  /** [classes, classes] row-major: rows are labels, columns predictions. */
  confusion: z.array(z.int()),
  classes: z.array(z.string()),
  examples: z.int(),
  /** Examples whose logits are not finite: in neither matrix nor list. */
  notFinite: z.int().optional(),
  worst: z.array(
    z.object({
      index: z.int(),
      source: z.string(),
      label: z.int(),
      predicted: z.int(),
      /** Softmax probability of the prediction and of the label. */
      confidence: z.number(),
      labelProbability: z.number(),
      loss: z.number(),
    }),
  ),
});

export const Preset = z.object({
  name: z.string().min(1).max(80),
  spec: z.record(z.string(), z.unknown()),
  savedAt: z.string(),
});

const Ids = z.object({ ids: z.array(RunId).min(1).max(1000) });

/** A run that refused what was done to several, and why. */
export const RunFailure = z.object({ id: RunId, name: z.string(), error: ErrorDocument });

/** What was asked of several runs is done to all but these. A single run's refusal is an error. */
const Outcome = z.object({ failed: z.array(RunFailure) });

/** What may be changed about a run; what is absent stays. */
export const RunChange = z.object({
  id: RunId,
  name: z.string().max(200).optional(),
  group: z.string().max(200).nullable().optional(),
  notes: z.string().max(100_000).optional(),
  tags: z.array(z.string().max(60)).max(50).optional(),
});

export const runs = {
  'runs.list': query(
    z.object({ includeDeleted: z.boolean().default(false) }),
    z.object({
      runs: z.array(RunRow),
      /** Runs whose records can't be read. */
      damaged: z.array(RunId).default([]),
    }),
  ),
  'runs.get': query(z.object({ id: RunId }), RunDetail),
  /** Everything that happens to any run, from now on. */
  'runs.events': subscription(Nothing, RunEvent),
  'runs.series': query(
    z.object({
      id: RunId,
      names: z.array(z.string()).optional(),
      fromStep: z.int().optional(),
      toStep: z.int().optional(),
      /** Decimate to at most this many points (two per bucket). */
      maxPoints: z.int().min(10).optional(),
    }),
    z.object({ series: z.array(SeriesData) }),
  ),
  'runs.log': query(
    z.object({ id: RunId, tailBytes: z.int().min(1).max(1_000_000).default(64_000) }),
    z.object({ text: z.string() }),
  ),
  /** Memory the run would need and time per epoch, or why that is not known. */
  'runs.estimate': query(
    z.object({
      spec: RunSpec.omit({ seed: true, data: true }),
      input: z.unknown(),
      classes: z.int(),
      examples: z.int(),
    }),
    z.object({
      memoryBytes: z.number(),
      availableBytes: z.number(),
      fits: z.boolean(),
      /** From the speed of earlier runs on this machine, else roughly from its CPU; null on a new GPU. */
      epoch: z.object({ epochMs: z.number(), from: z.enum(['runs', 'processor']) }).nullable(),
      /** What `memoryBytes` is made of. */
      parts: z
        .object({
          base: z.number(),
          weights: z.number(),
          activations: z.number(),
          data: z.number(),
        })
        .optional(),
    }),
  ),
  /** One run per seed, queued; with `withPlainTwin` a plain control for each as well. */
  'runs.start': command(
    z.object({
      spec: RunSpec.omit({ seed: true }),
      seeds: z.array(z.int().min(0)).min(1).max(100),
      withPlainTwin: z.boolean().default(false),
      /** A folder in which TensorBoard finds the runs while they train. */
      tensorboard: z.string().min(1).max(4096).optional(),
    }),
    z.object({ ids: z.array(RunId) }),
  ),
  /** Checkpoint and let go of the device; it goes on with `runs.resume`. */
  'runs.pause': command(Ids, Outcome),
  /**
   * Goes on from the last checkpoint, which is read and checked first. `from` names another one, for one
   * run whose last is damaged: what came after it is lost.
   */
  'runs.resume': command(Ids.extend({ from: GoBackChoice.optional() }), Outcome),
  /** Makes a finished run longer and puts it at the front of the queue. */
  'runs.extend': command(
    z.object({
      id: RunId,
      /** Of the whole run, from its first step. */
      length: LengthSpec,
      /** Needed unless the rate is constant. */
      schedule: ExtensionSpec.shape.schedule.optional(),
    }),
    Nothing,
  ),
  /** Checkpoint and end: `interrupted`, so that it can still be resumed. */
  'runs.stop': command(Ids, Outcome),
  /** End at once, back to its last checkpoint, or leave the queue: `interrupted` as well. */
  'runs.cancel': command(Ids, Outcome),
  /** Starts anew under the same spec; returns the new runs. */
  'runs.retry': command(Ids, Outcome.extend({ ids: z.array(RunId) })),
  /** Into the trash; a run in training stays. */
  'runs.delete': command(Ids, Outcome),
  'runs.restore': command(Ids, Outcome),
  /** The deleted runs, what was deleted last first, with what their files take on the disk. */
  'runs.trash': query(
    Nothing,
    z.object({
      runs: z.array(z.object({ run: RunRow, sizeBytes: z.number() })),
      /** After so many days a deleted run is removed by itself. */
      keptDays: z.number(),
    }),
  ),
  /** Removes deleted runs with their series and files; nothing brings them back. */
  'runs.purge': command(Ids, Outcome.extend({ freedBytes: z.number() })),
  'runs.change': command(RunChange, RunRow),
  /** The same for several runs, in one transaction. */
  'runs.changeMany': command(z.object({ changes: z.array(RunChange).min(1).max(1000) }), Outcome),
  /** Specs of runs; a run whose spec this version can't read is left out. */
  'runs.specs': query(Ids, z.object({ specs: z.array(z.object({ id: RunId, spec: RunSpec })) })),
  /** Moves a waiting run to a place in the queue. */
  'runs.move': command(z.object({ id: RunId, position: z.int().min(0) }), Nothing),
  /** Evaluates the best checkpoint if that has not been done; null while training has none. */
  'runs.mistakes': query(
    z.object({ id: RunId, limit: z.int().min(1).max(1000).default(200) }),
    z.object({ mistakes: Mistakes.nullable() }),
  ),
  'presets.list': query(Nothing, z.object({ presets: z.array(Preset) })),
  'presets.save': command(Preset.omit({ savedAt: true }), Nothing),
  'presets.delete': command(z.object({ name: z.string() }), Nothing),
} as const;

export type RunStatus = z.output<typeof RunStatus>;
export type RunRow = z.output<typeof RunRow>;
export type RunDetail = z.output<typeof RunDetail>;
export type RunProgress = z.output<typeof RunProgress>;
export type RunEvent = z.output<typeof RunEvent>;
export type SeriesData = z.output<typeof SeriesData>;
export type RunFailure = z.output<typeof RunFailure>;
export type RunChange = z.output<typeof RunChange>;
export type Mistakes = z.output<typeof Mistakes>;
export type Preset = z.output<typeof Preset>;
