// Reads runs of the library in the form that a comparison and a report need. Queries only. Networks are
// planned once a spec; a run that is gone, or that this version can't read, is missing, never an error.
import { createHash } from 'node:crypto';
import type { ClassAccuracy, ComparedRun } from '../../shared/compare/compared-run.ts';
import { classScores } from '../../shared/compare/confusion.ts';
import { DataFacts } from '../../shared/contract/trainer.ts';
import { Precision } from '../../shared/spec/precision.ts';
import type { RunSpec } from '../../shared/spec/run.ts';
import type { Library } from '../store/library.ts';
import type { RunRecord } from '../store/run-record.ts';
import { buildPlan } from '../zoo/build-plan.ts';
import { summarize } from '../zoo/summary.ts';
import { metricsOfRun } from './metric-memory.ts';
import { readMistakes } from './mistake-file.ts';
import { stepsPerEpochOf } from './run-series.ts';
import { asObject, specOf, toRunRow } from './services/run-rows.ts';

export interface ComparedRuns {
  readonly runs: ComparedRun[];
  readonly missing: string[];
}

export function compareRuns(
  library: Library,
  references: readonly string[],
  { lastK }: { readonly lastK: number },
): ComparedRuns {
  const runs: ComparedRun[] = [];
  const missing: string[] = [];
  const costs = new Map<string, Cost | null>();
  library.snapshot(() => {
    for (const reference of new Set(references)) {
      const record = library.runs.find(reference);
      const spec = record && record.deletedAt === null ? readable(record) : undefined;
      if (record && spec !== undefined)
        runs.push(toCompared(library, record, { spec, lastK, costs }));
      else missing.push(reference);
    }
  });
  return { runs, missing };
}

interface Cost {
  readonly depth: number;
  readonly parameters: number;
  readonly macs: number;
}

function toCompared(
  library: Library,
  record: RunRecord,
  options: {
    readonly spec: RunSpec | null;
    readonly lastK: number;
    readonly costs: Map<string, Cost | null>;
  },
): ComparedRun {
  const { spec, lastK, costs } = options;
  const environment = asObject(record.environment);
  const data = DataFacts.safeParse(environment['data']).data;
  const cost = costOf(library, record, { spec, costs });
  const metrics = metricsOfRun(library, record, {
    lastK,
    monitor: spec?.recipe.checkpoints.monitor ?? 'accuracy',
  });
  return {
    run: toRunRow(record, new Map()),
    spec,
    depth: cost?.depth ?? null,
    parameters: cost?.parameters ?? record.metrics['parameters'] ?? null,
    macs: cost?.macs ?? record.metrics['macs'] ?? null,
    runtime: runtimeOf(environment),
    counts: data?.counts ?? null,
    stepsPerEpoch: stepsPerEpochOf(record) ?? null,
    metrics,
    perClass: perClassOf(library, record),
    mark: markOf(record, metrics),
  };
}

function readable(record: RunRecord): RunSpec | null | undefined {
  if (record.imported !== null) return null;
  try {
    return specOf(record);
  } catch {
    // Of another version: it can be listed, but its numbers can't be put beside others.
    return undefined;
  }
}

function costOf(
  library: Library,
  record: RunRecord,
  { spec, costs }: { readonly spec: RunSpec | null; readonly costs: Map<string, Cost | null> },
): Cost | null {
  const data = DataFacts.safeParse(asObject(record.environment)['data']).data;
  const input = data?.input ?? library.datasets.find(record.dataFingerprint)?.shape;
  if (!input || spec === null) return null;
  const key = JSON.stringify([spec.architecture, input, record.classCount]);
  const known = costs.get(key);
  if (known !== undefined) return known;
  let cost: Cost | null = null;
  try {
    const plan = buildPlan(spec.architecture, { input, classes: record.classCount });
    const { depth, parameters, macs } = summarize(plan);
    cost = { depth, parameters, macs };
  } catch {
    // The run's own record has the parameters.
  }
  costs.set(key, cost);
  return cost;
}

function runtimeOf(environment: Readonly<Record<string, unknown>>): ComparedRun['runtime'] {
  const runtime = asObject(environment['runtime']);
  const machine = asObject(environment['machine']);
  const prepared = asObject(environment['prepared']);
  const text = (value: unknown): string => (typeof value === 'string' ? value : 'unknown');
  const host = text(machine['host']);
  const cpu = text(machine['cpu']);
  return {
    tensorflow: text(runtime['tensorflow'] ?? prepared['tensorflow']),
    device: text(runtime['device'] ?? prepared['device']),
    machine: host === 'unknown' && cpu === 'unknown' ? 'unknown' : `${host} (${cpu})`,
    node: text(prepared['node']),
    precision: Precision.safeParse(prepared['precision']).data ?? 'float32',
  };
}

/** What was computed after the training, if it was; a comparison never starts a trainer. */
function perClassOf(library: Library, record: RunRecord): ClassAccuracy[] | null {
  const facts = readMistakes(library, record)?.facts;
  if (!facts) return null;
  const scores = classScores({ classes: facts.classes, counts: facts.confusion });
  return scores.map(({ name, examples, recall }) => ({
    name,
    examples,
    accuracy: Number.isNaN(recall) ? null : recall,
  }));
}

function markOf(record: RunRecord, metrics: ComparedRun['metrics']): string {
  const { name, status, step, spec, codeVersion, dataFingerprint, history } = record;
  const shown = {
    name,
    status,
    step,
    spec,
    codeVersion,
    dataFingerprint,
    // Absent where there is none, so that marks of before stay what they are.
    ...(history.length === 0 ? {} : { history }),
    run: record.metrics,
    metrics,
  };
  // The closing mean depends on how it was asked for, not on the run.
  const text = JSON.stringify(shown, (key, value: unknown) =>
    key === 'lastMean' || key === 'lastCount' ? undefined : value,
  );
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
