// Which checkpoints of a run can be trusted, and how a run goes back to one when its last is damaged.
// Every file is read whole and held against its seal or its recorded SHA-256. No TensorFlow.
import fs from 'node:fs';
import path from 'node:path';
import { AppError, failure, inputError } from '../../shared/errors.ts';
import { formatExact } from '../../shared/format.ts';
import {
  parseCheckpointState,
  type CheckpointState,
} from '../../shared/contract/checkpoint-state.ts';
import { lossText } from '../../shared/contract/run-history-text.ts';
import type { GoBackChoice } from '../../shared/contract/run-history.ts';
import { proveIntact, type Proof } from '../data/sealed-tensor-file.ts';
import { openTensorFile } from '../data/tensor-file.ts';
import type { Library } from '../store/library.ts';
import type { CheckpointFacts, RunRecord } from '../store/run-record.ts';

/** A number is the step of a kept one. */
export type CheckpointChoice = Exclude<GoBackChoice, 'start'>;

/** A checkpoint that is whole, and what going on from it costs. */
export interface IntactCheckpoint {
  readonly from: CheckpointChoice;
  readonly file: string;
  readonly step: number;
  /** Steps and training time that are done again. */
  readonly lostSteps: number;
  readonly lostMs: number;
  /** The optimizer's momentum, moments and averages are in it. */
  readonly hasSlots: boolean;
  readonly proof: Proof;
}

type Place = Pick<Library, 'runFolder'>;

/** Those of the library's record, by what a user calls them; kept ones newest first. */
export function recordedCheckpoints({
  checkpoints,
}: Pick<RunRecord, 'checkpoints'>): readonly (CheckpointFacts & { from: CheckpointChoice })[] {
  const { last, best, kept = [] } = checkpoints;
  const keptFacts = [...kept].sort((a, b) => b.step - a.step);
  return [
    ...(last ? [{ ...last, from: 'last' as const }] : []),
    ...(best ? [{ ...best, from: 'best' as const }] : []),
    ...keptFacts.map((facts) => ({ ...facts, from: facts.step })),
  ];
}

/** What the library recorded about a file, wherever it was named. */
export function recordedSha256(library: Library, file: string): string | undefined {
  const [id, name, ...deeper] = path
    .relative(path.join(library.folder, 'runs'), path.resolve(file))
    .split(path.sep);
  if (id === undefined || name === undefined || deeper.length > 0 || id === '..') return undefined;
  const run = library.runs.find(id);
  if (run?.id !== id) return undefined;
  return recordedCheckpoints(run).find((facts) => facts.file === name)?.sha256;
}

/**
 * Reads and checks one checkpoint of a run.
 * @throws failure `damaged-checkpoint` or `checkpoint-missing`
 */
export async function examineCheckpoint(
  library: Place,
  run: Pick<RunRecord, 'id' | 'step' | 'elapsedMs'>,
  {
    from,
    file,
    sha256,
  }: Pick<CheckpointFacts, 'file'> & {
    readonly from: CheckpointChoice;
    readonly sha256?: string;
  },
): Promise<IntactCheckpoint & { readonly state: CheckpointState }> {
  const full = path.join(library.runFolder(run.id), file);
  if (!fs.existsSync(full)) {
    throw failure('checkpoint-missing', `${full} is gone.`, { path: full });
  }
  const proof = await proveIntact(full, sha256);
  const source = await openTensorFile(full);
  try {
    const state = parseCheckpointState(full, source.metadata);
    if (state.run !== undefined && state.run !== run.id) {
      throw failure('damaged-checkpoint', `${full} belongs to the run ${state.run}.`, {
        path: full,
      });
    }
    const { step } = state;
    return {
      ...{ from, file, step, proof, state },
      lostSteps: Math.max(0, run.step - step),
      lostMs: Math.max(0, run.elapsedMs - state.elapsedMs),
      hasSlots: [...source.tensors.keys()].some((name) => name.startsWith('optimizer.')),
    };
  } finally {
    await source.close();
  }
}

/** All that are whole, the one that loses least first. */
export async function intactCheckpoints(
  library: Place,
  run: RunRecord,
): Promise<readonly IntactCheckpoint[]> {
  const found: IntactCheckpoint[] = [];
  for (const facts of recordedCheckpoints(run)) {
    try {
      const { from, file, step, lostSteps, lostMs, hasSlots, proof } = await examineCheckpoint(
        library,
        run,
        facts,
      );
      found.push({ from, file, step, lostSteps, lostMs, hasSlots, proof });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
  }
  return found.sort((a, b) => b.step - a.step || Number(b.hasSlots) - Number(a.hasSlots));
}

/**
 * Makes sure that the checkpoint a run would go on from is what was written.
 * @throws failure `damaged-checkpoint` or `checkpoint-missing`, with the others that are whole in its
 * details as `alternatives`
 */
export async function requireIntactLast(
  library: Place,
  run: RunRecord,
): Promise<IntactCheckpoint & { readonly state: CheckpointState }> {
  const recorded = run.checkpoints.last;
  try {
    const last = await examineCheckpoint(library, run, {
      from: 'last',
      file: 'last.safetensors',
      ...(recorded === undefined ? {} : { sha256: recorded.sha256 }),
    });
    // A newer one than recorded is fine: the process was killed before it could write that down.
    if (recorded !== undefined && last.step < recorded.step) {
      throw failure(
        'damaged-checkpoint',
        `last.safetensors is an earlier checkpoint, of step ${last.step}.`,
      );
    }
    return last;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw lastIsDamaged(run, error, await intactCheckpoints(library, run));
  }
}

function lastIsDamaged(
  run: RunRecord,
  error: AppError,
  alternatives: readonly IntactCheckpoint[],
): AppError {
  const [newest] = alternatives;
  const next =
    newest === undefined
      ? `No other checkpoint of it is whole. Put the file back from a copy, or train anew with \`resnet-lab runs resume ${run.id} --from start\`, which loses ${formatExact(run.step)} steps.`
      : `The newest that is whole is ${nameOf(newest.from)}, of step ${newest.step}. To go on from there: \`resnet-lab runs resume ${run.id} --from ${newest.from}\`; ${lossText({ ...newest, keptOptimizer: newest.hasSlots })}.`;
  const recorded = run.checkpoints.last;
  const which = recorded === undefined ? '' : `, of step ${recorded.step},`;
  return failure(
    error.code === 'checkpoint-missing' ? 'checkpoint-missing' : 'damaged-checkpoint',
    `The last checkpoint of the run ${run.id}${which} can't be used: ${error.message} ${next}`,
    {
      ...(error.path === undefined ? {} : { path: error.path }),
      details: { run: run.id, reason: error.code, alternatives },
      cause: error,
    },
  );
}

function nameOf(choice: CheckpointChoice): string {
  return typeof choice === 'number' ? 'a kept one' : `the ${choice} one`;
}

export function noSuchCheckpoint(run: RunRecord, choice: CheckpointChoice): AppError {
  const steps = recordedCheckpoints(run).map(({ step }) => step);
  const known = [...new Set(steps)].sort((a, b) => a - b).join(', ');
  const have = known === '' ? 'it has none' : `it has those of ${known}`;
  if (typeof choice === 'number') {
    return inputError(
      'no-checkpoint',
      `The run ${run.id} has no checkpoint of step ${choice}; ${have}. A recipe keeps more with checkpoints.everyEpochs or checkpoints.keepBest.`,
    );
  }
  return inputError(
    'no-checkpoint',
    `The run ${run.id} has no ${choice} checkpoint; ${have}. It is ${run.status} at step ${run.step}.`,
  );
}
