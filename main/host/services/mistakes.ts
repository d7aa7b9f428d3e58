// What the best checkpoint of a run gets wrong. Computed once after a training, kept in the run's folder
// beside the checkpoint it judges, and computed anew when that is another one.
import { rename, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Mistakes } from '../../../shared/contract/app/runs.ts';
import { MistakeFacts } from '../../../shared/contract/trainer.ts';
import { failure } from '../../../shared/errors.ts';
import type { RunRecord } from '../../store/run-record.ts';
import type { HostParts } from '../host-parts.ts';
import { collectMistakes, weightsOfRun } from '../weights-jobs.ts';
import type { Place } from './devices.ts';
import type { RunQueue } from './run-queue.ts';
import { asObject, specOf } from './run-rows.ts';

const Artifact = z.object({
  format: z.literal(1),
  /** Of the checkpoint that was judged. */
  sha256: z.string(),
  step: z.int(),
  facts: MistakeFacts,
});

export interface MistakeService {
  /** Null if the run has no checkpoint, or no validation split. */
  get(run: RunRecord, options: { limit: number; signal: AbortSignal }): Promise<Mistakes | null>;
  /** On a place that is free already. */
  compute(run: RunRecord, place: Place, signal: AbortSignal): Promise<void>;
}

export interface MistakeOptions {
  readonly parts: HostParts;
  readonly withPlace: RunQueue['withPlace'];
  /** Work that was begun is finished, whoever asked for it: the next one will ask again. */
  readonly lifetime: AbortSignal;
}

export function createMistakeService(options: MistakeOptions): MistakeService {
  const { parts, withPlace, lifetime } = options;
  const { library } = parts;
  const fileOf = (run: RunRecord): string => path.join(library.runFolder(run.id), 'mistakes.json');
  /** Two pages that ask at once share the work. */
  const underWay = new Map<string, Promise<void>>();

  const readKept = async (run: RunRecord): Promise<z.output<typeof Artifact> | undefined> => {
    try {
      const artifact = Artifact.parse(JSON.parse(await readFile(fileOf(run), 'utf8')));
      return artifact.sha256 === judged(run)?.sha256 ? artifact : undefined;
    } catch {
      // Not there, or of another version: it can be made again.
      return undefined;
    }
  };

  const compute = async (run: RunRecord, place: Place, signal: AbortSignal): Promise<void> => {
    const checkpoint = judged(run);
    if (checkpoint === undefined || !hasValidation(run)) return;
    const { data, recipe } = specOf(run);
    const { weights } = weightsOfRun(library, run.id);
    const facts = await collectMistakes(
      parts,
      { weights, data, split: 'val', batch: recipe.batch },
      { signal, device: place.device },
    );
    const { sha256, step } = checkpoint;
    // JSON has no word for a loss that is not a number.
    const worst = facts.worst.map((mistake) => ({
      ...mistake,
      confidence: finite(mistake.confidence),
      labelProbability: finite(mistake.labelProbability),
      loss: finite(mistake.loss),
    }));
    const artifact = { format: 1, sha256, step, facts: { ...facts, worst } };
    const partial = `${fileOf(run)}.${process.pid}.partial`;
    try {
      await writeFile(partial, JSON.stringify(artifact));
      await rename(partial, fileOf(run));
    } finally {
      await rm(partial, { force: true });
    }
  };

  return {
    compute,
    get: async (run, { limit, signal }) => {
      if (judged(run) === undefined || !hasValidation(run)) return null;
      let kept = await readKept(run);
      if (kept === undefined) {
        // A training replaces its checkpoints, and has the device.
        if (run.status === 'running') return null;
        let work = underWay.get(run.id);
        if (work === undefined) {
          work = withPlace((place) => compute(run, place, lifetime), lifetime).finally(() => {
            underWay.delete(run.id);
          });
          underWay.set(run.id, work);
        }
        await orAborted(work, signal);
        kept = await readKept(run);
      }
      if (kept === undefined) return null;
      const { confusion, classes, examples, worst } = kept.facts;
      return { step: kept.step, confusion, classes, examples, worst: worst.slice(0, limit) };
    },
  };
}

function orAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(failure('cancelled', 'The page no longer waits for it.'));
    signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
    if (signal.aborted) leave();
  });
}

function judged({ checkpoints }: RunRecord) {
  return checkpoints.best ?? checkpoints.last;
}

function hasValidation(run: RunRecord): boolean {
  const counts = asObject(asObject(asObject(run.environment)['data'])['counts']);
  return counts['val'] !== 0;
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : Number.MAX_VALUE;
}
