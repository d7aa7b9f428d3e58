// What the best checkpoint of a run gets wrong, for the page. A training that finishes sends it along; where that
// has not happened, or the checkpoint is another one, it follows from the run's outputs, as calibration and map do.
import type { Mistakes } from '../../../shared/contract/app/runs.ts';
import { failure } from '../../../shared/errors.ts';
import type { RunRecord } from '../../store/run-record.ts';
import type { HostParts } from '../host-parts.ts';
import { mistakesOf } from '../../data/mistakes.ts';
import {
  judgedCheckpoint,
  readMistakes,
  writeMistakes,
  type KeptMistakes,
} from '../mistake-file.ts';
import { computeRunOutputs, readRunOutputs } from '../run-outputs.ts';
import type { Turn } from '../scheduling/job.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';
import { asObject } from './run-rows.ts';

export interface MistakeService {
  /** Null if the run has no checkpoint, or no validation split. */
  get(run: RunRecord, options: { limit: number; signal: AbortSignal }): Promise<Mistakes | null>;
  /** In a turn that was given already. */
  compute(run: RunRecord, turn: Pick<Turn, 'place' | 'stop' | 'abandon'>): Promise<void>;
}

export function createMistakeService(parts: HostParts, scheduler: Scheduler): MistakeService {
  const { library } = parts;

  /** Of outputs that are there already, without evaluating anything. */
  const ofOutputs = async (run: RunRecord): Promise<KeptMistakes | undefined> => {
    const outputs = await readRunOutputs(library, run);
    if (outputs === undefined) return undefined;
    writeMistakes(library, run, mistakesOf(outputs));
    return readMistakes(library, run);
  };

  const compute: MistakeService['compute'] = async (run, { place, stop, abandon }) => {
    if (judgedCheckpoint(run) === undefined || !hasValidation(run)) return;
    // A training that finished has sent them itself.
    if (readMistakes(library, run) !== undefined) return;
    const signal = AbortSignal.any([stop, abandon]);
    await computeRunOutputs(parts, run, { signal, device: place.device });
    await ofOutputs(run);
  };

  return {
    compute,
    get: async (run, { limit, signal }) => {
      let kept = readMistakes(library, run) ?? (await ofOutputs(run));
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
