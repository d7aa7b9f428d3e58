// A run's record as bundles hold it, and as `run.json` lies beside its checkpoints.
import type { BundledRun } from '../reports/bundle.ts';
import type { RunRecord } from '../store/run-record.ts';
import { asObject, specOf } from './services/run-rows.ts';

export function bundledRun(
  record: RunRecord,
  { withCheckpoints }: { withCheckpoints: boolean },
): BundledRun {
  const { id, name, group, architecture, seed, createdAt, startedAt, finishedAt } = record;
  const { dataName, dataFingerprint, classCount, codeVersion, step, totalSteps } = record;
  const { epoch, elapsedMs, metrics, checkpoints, notes, tags, status, stretches } = record;
  return {
    ...{ id, name, group, architecture, seed, createdAt, startedAt, finishedAt, dataName },
    ...{ dataFingerprint, classCount, codeVersion, step, totalSteps, epoch, elapsedMs, notes },
    metrics: { ...metrics },
    tags: [...tags],
    stretches: [...stretches],
    history: [...record.history],
    // Elsewhere nobody trains it.
    status: status === 'finished' || status === 'failed' ? status : 'interrupted',
    spec: record.imported === null ? specOf(record) : null,
    imported: record.imported,
    recipeOrigin: record.recipeOrigin,
    environment: { ...asObject(record.environment) },
    checkpoints: withCheckpoints ? lastAndBest(checkpoints) : {},
    mistakes: null,
  };
}

function lastAndBest({ last, best }: RunRecord['checkpoints']): BundledRun['checkpoints'] {
  return { ...(last ? { last } : {}), ...(best ? { best } : {}) };
}
