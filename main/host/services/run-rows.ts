// Runs of the library in the form that the page sees.
import { DataFacts, PreparedFacts } from '../../../shared/contract/trainer.ts';
import { ErrorDocument } from '../../../shared/error-document.ts';
import type { RunDetail, RunRow } from '../../../shared/contract/app/runs.ts';
import { failure } from '../../../shared/errors.ts';
import { RecipeOrigin, recipeOrigin } from '../../../shared/spec/recipe-origin.ts';
import { RunSpec } from '../../../shared/spec/run.ts';
import { importedRun } from '../run-checks.ts';
import type { Library } from '../../store/library.ts';
import type { RunRecord, RunSummary } from '../../store/run-record.ts';

/** Places of the waiting runs by id. */
export function queuePositions(library: Library): ReadonlyMap<string, number> {
  const waiting = library.queue.list().filter((entry) => entry.device === null);
  return new Map(waiting.map((entry, position) => [entry.id, position]));
}

export function toRunRow(run: RunSummary, positions: ReadonlyMap<string, number>): RunRow {
  return {
    id: run.id,
    name: run.name,
    group: run.group,
    architecture: run.architecture,
    family: run.family,
    seed: run.seed,
    status: run.status,
    createdAt: run.createdAt,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    dataName: run.dataName,
    dataFingerprint: run.dataFingerprint,
    classCount: run.classCount,
    codeVersion: run.codeVersion,
    step: run.step,
    totalSteps: run.totalSteps,
    epoch: run.epoch,
    elapsedMs: run.elapsedMs,
    stretches: [...run.stretches],
    history: [...run.history],
    metrics: { ...run.metrics },
    checkpoints: { ...run.checkpoints },
    error: errorOf(run.error),
    notes: run.notes,
    tags: [...run.tags],
    queuePosition: positions.get(run.id) ?? null,
    deletedAt: run.deletedAt,
    imported: run.imported,
  };
}

export function toRunDetail(run: RunRecord, positions: ReadonlyMap<string, number>): RunDetail {
  const environment = asObject(run.environment);
  return {
    ...toRunRow(run, positions),
    spec: run.imported === null ? specOf(run) : null,
    recipeOrigin: recipeOriginOf(run),
    data: DataFacts.safeParse(environment['data']).data ?? null,
    prepared: PreparedFacts.safeParse(environment['prepared']).data ?? null,
    environment: { ...environment },
  };
}

/** What was recorded; for runs from before it was, what this version makes of their recipe. */
export function recipeOriginOf(run: Pick<RunRecord, 'spec' | 'recipeOrigin'>): RecipeOrigin | null {
  const recorded = RecipeOrigin.safeParse(run.recipeOrigin);
  if (recorded.success) return recorded.data;
  const spec = RunSpec.safeParse(run.spec);
  return spec.success ? recipeOrigin(spec.data.recipe) : null;
}

/** @throws failure `spec-unreadable`, inputError `run-imported` */
export function specOf(
  run: Pick<RunRecord, 'id' | 'name' | 'spec' | 'codeVersion' | 'imported'>,
): RunSpec {
  if (run.imported !== null) throw importedRun(run, run.imported);
  const parsed = RunSpec.safeParse(run.spec);
  if (parsed.success) return parsed.data;
  throw failure(
    'spec-unreadable',
    `The run ${run.id} was made by another version of ResNet Lab (${run.codeVersion}) whose settings this one can't read. Look at it with that version.`,
  );
}

function errorOf(error: unknown): ErrorDocument | null {
  if (error === null || error === undefined) return null;
  const parsed = ErrorDocument.safeParse(error);
  if (parsed.success) return parsed.data;
  // Written by another version: its sentence is worth showing even if the rest is not understood.
  const message = asObject(error)['message'];
  return {
    code: 'unknown',
    message: typeof message === 'string' ? message : 'The run failed; its log may say why.',
    fault: 'failure',
    details: {},
  };
}

export function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
