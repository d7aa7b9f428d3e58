// Looks at every checkpoint that the library recorded and names those that are damaged or gone. Each file is
// read whole. Changes nothing.
import { AppError } from '../../shared/errors.ts';
import type { Library } from '../store/library.ts';
import { examineCheckpoint, recordedCheckpoints } from './checkpoint-choice.ts';

export interface CheckpointFindings {
  /** Files that were read. */
  readonly checkpoints: number;
  readonly damagedCheckpoints: readonly { readonly id: string; readonly problem: string }[];
}

/** @throws the signal's reason, between two files */
export async function checkCheckpoints(
  library: Library,
  onRun: (done: number, all: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<CheckpointFindings> {
  const runs = [library.runs.list(), library.runs.list({ deleted: true })].flatMap(
    (page) => page.runs,
  );
  const damagedCheckpoints: { id: string; problem: string }[] = [];
  let checkpoints = 0;
  for (const [i, run] of runs.entries()) {
    onRun(i, runs.length);
    // A running one writes its files just now.
    if (run.status === 'running') continue;
    for (const facts of recordedCheckpoints(run)) {
      signal?.throwIfAborted();
      checkpoints++;
      try {
        await examineCheckpoint(library, run, facts);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        damagedCheckpoints.push({ id: run.id, problem: error.message });
      }
    }
  }
  return { checkpoints, damagedCheckpoints };
}
