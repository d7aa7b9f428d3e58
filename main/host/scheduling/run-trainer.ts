// Trains the runs of the library's queue, one turn each: looks whether it can go on and fits into memory,
// trains it, writes down how it ended, and does on its place what comes right after. Decides no order.
import { toErrorDocument } from '../../../shared/errors.ts';
import type { RunChanges, RunRecord } from '../../store/run-record.ts';
import { requireIntactLast } from '../checkpoint-choice.ts';
import type { HostParts } from '../host-parts.ts';
import { checkResumable } from '../run-checks.ts';
import type { TrainingEvent } from '../training-events.ts';
import { trainRun } from '../train-run.ts';
import type { Place, Turn } from './job.ts';
import type { JobState } from './job-states.ts';

export interface RunTrainerOptions {
  readonly parts: HostParts;
  /** Writes how a run ended; `state` says what was asked of it. */
  readonly settle: (run: RunRecord, state: JobState, changes: RunChanges) => RunRecord;
  /** Throws what the run needs and what there is, if that is not enough. */
  readonly requireMemory: (run: RunRecord, place: Place) => Promise<void>;
  /** Done on the run's place, before the next run has it. */
  readonly afterFinish: (run: RunRecord, turn: Turn) => Promise<void>;
  readonly onEvent: (id: string, event: TrainingEvent) => void;
  /** Points are in the library up to this step. */
  readonly onSaved: (id: string, step: number) => void;
  /** Something has changed in the library. */
  readonly onChange: () => void;
}

/** Resolves when the run has ended, however it did: that is in the library then. */
export async function trainInTurn(
  options: RunTrainerOptions,
  run: RunRecord,
  turn: Turn,
): Promise<void> {
  const { parts, onChange } = options;
  const progress = { hasSettled: false };
  const settle = (changes: RunChanges): RunRecord => {
    const settled = options.settle(run, turn.state(), changes);
    progress.hasSettled = true;
    return settled;
  };
  try {
    const { spec, fromCheckpoint } = checkResumable(
      { ...run, owner: null },
      parts.library.runFolder(run.id),
    );
    if (fromCheckpoint) await requireIntactLast(parts.library, run);
    await options.requireMemory(run, turn.place);
    if (turn.stop.aborted || turn.abandon.aborted) {
      settle({ status: 'interrupted', error: null });
      return;
    }
    const ended = await trainRun(parts, {
      run,
      spec,
      fromCheckpoint,
      isResumed: run.step > 0 || run.checkpoints.last !== undefined,
      device: turn.place.device,
      onEvent: (event) => options.onEvent(run.id, event),
      onSaved: (step) => options.onSaved(run.id, step),
      onLaunch: turn.launched,
      stop: turn.stop,
      abandon: turn.abandon,
      settle,
    });
    if (ended.status === 'finished') {
      onChange();
      await options.afterFinish(ended, turn);
    }
  } catch (error) {
    // A run that failed in its trainer is recorded as failed by now.
    if (!progress.hasSettled) settle({ status: 'failed', error: toErrorDocument(error) });
  }
}
