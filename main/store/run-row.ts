// Between rows of the `runs` table and run records. The only place that knows the column names.
import { z } from 'zod';
import { ImportedRun } from '../../shared/contract/imported-run.ts';
import { Stretch } from '../../shared/contract/run-clock.ts';
import { RunHistoryEntry } from '../../shared/contract/run-history.ts';
import { RUN_STATUSES } from '../../shared/contract/run-status.ts';
import type { Row } from './connection.ts';
import { readJson, readJsonAs, readRow, writeJson } from './json-column.ts';
import { livenessOf, parseIdentity } from '../system/process-identity.ts';
import { processEnded } from './process-ended.ts';
import {
  runCheckpoints,
  runMetrics,
  type RunChanges,
  type RunRecord,
  type RunSummary,
} from './run-record.ts';

const summaryColumns = [
  ...['id', 'name', 'group_name', 'architecture', 'seed', 'status', 'created_at', 'updated_at'],
  ...['started_at', 'finished_at', 'deleted_at', 'owner', 'data_name', 'data_fingerprint'],
  ...['class_count', 'code_version', 'step', 'total_steps', 'epoch', 'elapsed_ms', 'metrics'],
  ...['checkpoints', 'error', 'notes', 'tags', 'stretches', 'history', 'imported'],
].join(', ');

/** Of the spec, which is not read for lists; one that is no JSON makes the list no error. */
const decoder = `CASE WHEN json_valid(spec) THEN json_extract(spec, '$.architecture.decoder.kind') END AS decoder`;

export const selectSummary = `SELECT ${summaryColumns}, ${decoder} FROM runs`;
export const selectRecord = `SELECT ${summaryColumns}, ${decoder}, spec, recipe_origin, environment FROM runs`;

const runRow = z.object({
  id: z.string(),
  name: z.string(),
  group_name: z.string().nullable(),
  architecture: z.string(),
  seed: z.number(),
  status: z.enum(RUN_STATUSES),
  created_at: z.string(),
  updated_at: z.string(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  deleted_at: z.string().nullable(),
  owner: z.string().nullable(),
  data_name: z.string(),
  data_fingerprint: z.string(),
  class_count: z.number(),
  code_version: z.string(),
  step: z.number(),
  total_steps: z.number(),
  epoch: z.number(),
  elapsed_ms: z.number(),
  notes: z.string(),
});

const tagList = z.array(z.string());
const stretchList = z.array(Stretch);
const historyList = z.array(RunHistoryEntry);

export function toSummary(row: Row): RunSummary {
  const columns = readRow(row, runRow, 'runs');
  const isAbandoned = columns.owner !== null && livenessOf(columns.owner) === 'gone';
  const checkpoints = readJsonAs(row, 'checkpoints', runCheckpoints);
  const owner = columns.owner === null || isAbandoned ? undefined : parseIdentity(columns.owner);
  return {
    id: columns.id,
    name: columns.name,
    group: columns.group_name,
    architecture: columns.architecture,
    family: row['decoder'] === 'mirror' ? 'autoencoder' : 'classifier',
    seed: columns.seed,
    status: isAbandoned ? 'interrupted' : columns.status,
    createdAt: columns.created_at,
    updatedAt: columns.updated_at,
    startedAt: columns.started_at,
    finishedAt: columns.finished_at,
    deletedAt: columns.deleted_at,
    owner: owner === undefined ? null : { pid: owner.pid, host: owner.host },
    dataName: columns.data_name,
    dataFingerprint: columns.data_fingerprint,
    classCount: columns.class_count,
    codeVersion: columns.code_version,
    step: columns.step,
    totalSteps: columns.total_steps,
    epoch: columns.epoch,
    elapsedMs: columns.elapsed_ms,
    metrics: readJsonAs(row, 'metrics', runMetrics),
    checkpoints,
    error: isAbandoned
      ? processEnded(columns.step, checkpoints.last !== undefined)
      : readJson(row, 'error'),
    notes: columns.notes,
    tags: readJsonAs(row, 'tags', tagList),
    stretches: row['stretches'] === null ? [] : readJsonAs(row, 'stretches', stretchList),
    history: row['history'] === null ? [] : readJsonAs(row, 'history', historyList),
    imported: row['imported'] === null ? null : readJsonAs(row, 'imported', ImportedRun),
  };
}

export function toRecord(row: Row): RunRecord {
  return {
    ...toSummary(row),
    spec: readJson(row, 'spec'),
    recipeOrigin: readJson(row, 'recipe_origin'),
    environment: readJson(row, 'environment'),
  };
}

type Column = string | number | null;

const asIs = (value: unknown): Column => value as Column;
/** NaN and infinities become null here: JSON has no word for them. */
const asJson = (value: unknown): Column => (value === null ? null : writeJson(value));

const changeColumns = {
  name: ['name', asIs],
  group: ['group_name', asIs],
  status: ['status', asIs],
  spec: ['spec', writeJson],
  codeVersion: ['code_version', asIs],
  environment: ['environment', writeJson],
  step: ['step', asIs],
  totalSteps: ['total_steps', asIs],
  epoch: ['epoch', asIs],
  elapsedMs: ['elapsed_ms', asIs],
  metrics: ['metrics', writeJson],
  checkpoints: ['checkpoints', writeJson],
  error: ['error', asJson],
  notes: ['notes', asIs],
  tags: ['tags', writeJson],
  stretches: ['stretches', writeJson],
  history: ['history', writeJson],
  recipeOrigin: ['recipe_origin', asJson],
} as const satisfies Record<keyof RunChanges, readonly [string, (value: unknown) => Column]>;

/** `SET` terms and their values; keys that are undefined stay as they are. */
export function toAssignments(changes: RunChanges): { terms: string[]; values: Column[] } {
  const terms: string[] = [];
  const values: Column[] = [];
  for (const [key, [column, encode]] of Object.entries(changeColumns)) {
    const value: unknown = changes[key as keyof RunChanges];
    if (value === undefined) continue;
    terms.push(`${column} = ?`);
    values.push(encode(value));
  }
  return { terms, values };
}
