// One action on several runs: what can be done is done, and each run that refuses is named with the
// reason. Whoever asks for a single run gets its reason as an error.
import { AppError, toErrorDocument } from '../../../shared/errors.ts';
import type { RunFailure } from '../../../shared/contract/app/runs.ts';
import type { RunReader } from '../../store/run-record.ts';

/** @throws what is no answer to a user, such as a defect; for a single run whatever it refuses with */
export function onEachRun(
  runs: RunReader,
  ids: readonly string[],
  work: (id: string) => void,
): RunFailure[] {
  const failed: RunFailure[] = [];
  for (const id of new Set(ids)) {
    try {
      work(id);
    } catch (error) {
      if (!(error instanceof AppError) || ids.length === 1) throw error;
      failed.push(runFailure(runs, id, error));
    }
  }
  return failed;
}

export function runFailure(runs: RunReader, id: string, error: AppError): RunFailure {
  return { id, name: nameOf(runs, id), error: toErrorDocument(error) };
}

function nameOf(runs: RunReader, id: string): string {
  return runs.find(id)?.name ?? id;
}
