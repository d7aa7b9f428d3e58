// Takes a run back to an earlier checkpoint, because its last is damaged: that one takes the last one's
// place, what came after it leaves the record, and the history says what it cost.
import fs from 'node:fs';
import path from 'node:path';
import type { GoBackChoice } from '../../shared/contract/run-history.ts';
import { AppError } from '../../shared/errors.ts';
import { hashFile } from '../data/sealed-tensor-file.ts';
import type { Library } from '../store/library.ts';
import type { CheckpointFacts, RunChanges, RunMetrics, RunRecord } from '../store/run-record.ts';
import {
  examineCheckpoint,
  noSuchCheckpoint,
  recordedCheckpoints,
  requireIntactLast,
} from './checkpoint-choice.ts';
import { runFinished } from './run-checks.ts';

const LAST = 'last.safetensors';

/**
 * A finished run goes back only if its last checkpoint is damaged, so that it could not be trained for longer: the
 * lost steps are then trained again. Every run can be resumed afterwards. The damaged file stays in the folder as `last.damaged.safetensors`.
 * @throws inputError `no-checkpoint`, `run-finished`; failure `damaged-checkpoint` if that one is damaged as well
 */
export async function goBackTo(
  library: Library,
  run: RunRecord,
  choice: GoBackChoice,
): Promise<RunRecord> {
  if (run.status === 'finished') await requireDamage(library, run);
  const folder = library.runFolder(run.id);
  const target = path.join(folder, LAST);
  if (choice === 'start') {
    await setAside(target);
    const cost = { step: 0, lostSteps: run.step, lostMs: run.elapsedMs, keptOptimizer: false };
    return rewrite(library, run.id, { ...cost, from: choice, last: undefined });
  }
  const facts = recordedCheckpoints(run).find(({ from }) => from === choice);
  if (facts === undefined) throw noSuchCheckpoint(run, choice);
  const chosen = await examineCheckpoint(library, run, facts);
  const source = path.join(folder, facts.file);
  if (source !== target) {
    const partial = `${target}.partial`;
    await fs.promises.copyFile(source, partial);
    await setAside(target);
    await fs.promises.rename(partial, target);
  }
  const { step, lostSteps, lostMs, hasSlots } = chosen;
  const { size: sizeBytes } = await fs.promises.stat(target);
  const last = { step, file: LAST, sizeBytes, sha256: await hashFile(target) };
  const cost = { step, lostSteps, lostMs, keptOptimizer: hasSlots };
  return rewrite(library, run.id, { ...cost, from: choice, last });
}

/** @throws inputError `run-finished` where nothing is wrong */
async function requireDamage(library: Library, run: RunRecord): Promise<void> {
  try {
    await requireIntactLast(library, run);
  } catch (error) {
    if (error instanceof AppError) return;
    throw error;
  }
  throw runFinished(run);
}

async function setAside(target: string): Promise<void> {
  if (!fs.existsSync(target)) return;
  await fs.promises.rename(target, target.replace(/\.safetensors$/, '.damaged.safetensors'));
}

interface WentBack {
  readonly from: GoBackChoice;
  readonly step: number;
  readonly lostSteps: number;
  readonly lostMs: number;
  readonly keptOptimizer: boolean;
  readonly last: CheckpointFacts | undefined;
}

function rewrite(library: Library, id: string, { last, ...cost }: WentBack): RunRecord {
  return library.transaction(() => {
    const { checkpoints, metrics, history, status } = library.runs.get(id);
    const { best, kept } = checkpoints;
    // What came after it is trained again, with other numbers: it must not stand for the run.
    const keepsBest = best !== undefined && best.step <= cost.step;
    if (!keepsBest)
      fs.rmSync(path.join(library.runFolder(id), 'best.safetensors'), { force: true });
    const changes: RunChanges = {
      ...(status === 'finished' ? { status: 'interrupted' as const } : {}),
      checkpoints: {
        ...(last === undefined ? {} : { last }),
        ...(keepsBest ? { best } : {}),
        ...(kept === undefined ? {} : { kept: kept.filter(({ step }) => step <= cost.step) }),
      },
      metrics: keepsBest ? metrics : withoutBest(metrics),
      error: null,
      history: [...history, { kind: 'went-back', at: new Date().toISOString(), ...cost }],
    };
    return library.runs.update(id, changes);
  });
}

const ofTheBest = [
  ...['bestValAccuracy', 'bestStep', 'bestValLoss'],
  ...['bestValReconstruction', 'bestValDivergence'],
];

function withoutBest(metrics: RunMetrics): RunMetrics {
  return Object.fromEntries(Object.entries(metrics).filter(([name]) => !ofTheBest.includes(name)));
}
