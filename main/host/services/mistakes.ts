// What the best checkpoint of a run gets wrong, for the page. A training that finishes sends it along; it
// is computed anew where that has not happened, or the checkpoint is another one.
import type { Mistakes } from '../../../shared/contract/app/runs.ts';
import { partsOfBatch } from '../../../shared/spec/devices.ts';
import { failure } from '../../../shared/errors.ts';
import type { RunRecord } from '../../store/run-record.ts';
import type { HostParts } from '../host-parts.ts';
import { judgedCheckpoint, readMistakes, writeMistakes } from '../mistake-file.ts';
import { collectMistakes, weightsOfRun } from '../weights-jobs.ts';
import type { Turn } from '../scheduling/job.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';
import { asObject, specOf } from './run-rows.ts';

export interface MistakeService {
  /** Null if the run has no checkpoint, or no validation split. */
  get(run: RunRecord, options: { limit: number; signal: AbortSignal }): Promise<Mistakes | null>;
  /** In a turn that was given already. */
  compute(run: RunRecord, turn: Pick<Turn, 'place' | 'stop' | 'abandon'>): Promise<void>;
}

export function createMistakeService(parts: HostParts, scheduler: Scheduler): MistakeService {
  const { library } = parts;

  const compute: MistakeService['compute'] = async (run, { place, stop, abandon }) => {
    if (judgedCheckpoint(run) === undefined || !hasValidation(run)) return;
    // A training that finished has sent them itself.
    if (readMistakes(library, run) !== undefined) return;
    const spec = specOf(run);
    const { data, recipe } = spec;
    const { weights } = weightsOfRun(library, run.id);
    const facts = await collectMistakes(
      parts,
      { weights, data, split: 'val', batch: recipe.batch / partsOfBatch(spec) },
      { signal: AbortSignal.any([stop, abandon]), device: place.device },
    );
    writeMistakes(library, run, facts);
  };

  return {
    compute,
    get: async (run, { limit, signal }) => {
      let kept = readMistakes(library, run);
      if (kept === undefined) {
        if (judgedCheckpoint(run) === undefined || !hasValidation(run)) return null;
        // A training replaces its checkpoints, and has the device.
        if (run.status === 'running') return null;
        // Two pages that ask share the work; once begun it is finished, as the next one will ask again.
        const work = scheduler.submit({
          id: `mistakes of ${run.id}`,
          kind: 'mistakes',
          priority: 'urgent',
          work: (turn) => compute(run, turn),
        });
        await orAborted(work, signal);
        kept = readMistakes(library, run);
      }
      if (kept === undefined) return null;
      const { worst, ...facts } = kept.facts;
      return { step: kept.step, ...facts, worst: worst.slice(0, limit) };
    },
  };
}

/** Work that others wait for as well goes on. */
export function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(failure('cancelled', 'The page no longer waits for it.'));
    signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    if (signal.aborted) leave();
  });
}

export function hasValidation(run: RunRecord): boolean {
  const counts = asObject(asObject(asObject(run.environment)['data'])['counts']);
  return counts['val'] !== 0;
}
