// Makes records again of what the folders of runs hold: for a database that was lost or is damaged, and for
// runs that a restored backup is too old to know. Curves are in the database only; what is lost is said.
import fs from 'node:fs';
import path from 'node:path';
import type { CheckpointState } from '../../shared/contract/checkpoint-state.ts';
import { AppError, messageOf } from '../../shared/errors.ts';
import type { BundledRun } from '../reports/bundle.ts';
import { setAside } from '../store/backups.ts';
import { checkDatabase } from '../store/connection.ts';
import { openLibrary, type Library } from '../store/library.ts';
import { runFolders } from '../store/run-folders.ts';
import type { CheckpointFacts } from '../store/run-record.ts';
import { examineCheckpoint } from './checkpoint-choice.ts';
import { hashFile } from '../data/sealed-tensor-file.ts';
import { readRunFile } from './run-file.ts';

export interface Rebuilt {
  /** Where the damaged database lies now, if there was one. */
  readonly replaced: string | undefined;
  readonly runs: readonly RebuiltRun[];
  /** Folders of which nothing could be made. */
  readonly failed: readonly { readonly id: string; readonly problem: string }[];
}

export interface RebuiltRun {
  readonly id: string;
  readonly name: string;
  /** What the record was made of. */
  readonly from: 'run.json' | 'checkpoint';
  readonly lost: readonly string[];
}

/** A sound database stays and gets the runs that it lacks. @throws inputError `library-in-use` */
export async function rebuildLibrary(
  home: string,
  onRun: (done: number, all: number) => void = () => undefined,
): Promise<Rebuilt> {
  const file = path.join(home, 'library.db');
  const replaced = isSound(file) ? undefined : setAside(home);
  const library = openLibrary(home, { acceptsLost: true });
  try {
    const known = new Set(library.runMarks().map(({ id }) => id));
    const unknown = runFolders(home).filter((id) => !known.has(id));
    const runs: RebuiltRun[] = [];
    const failed: { id: string; problem: string }[] = [];
    for (const [i, id] of unknown.entries()) {
      onRun(i, unknown.length);
      try {
        runs.push(await rebuildRun(library, id));
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        failed.push({ id, problem: error.message });
      }
    }
    return { replaced, runs, failed };
  } finally {
    library.close();
  }
}

function isSound(file: string): boolean {
  if ((fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) return false;
  try {
    return checkDatabase(file, 'full').length === 0;
  } catch {
    // What can not even be opened is not sound.
    return false;
  }
}

async function rebuildRun(library: Library, id: string): Promise<RebuiltRun> {
  const written = readRunFile(library.runFolder(id));
  const lost = ['the curves'];
  if (written?.id === id) {
    const checkpoints: { last?: CheckpointFacts; best?: CheckpointFacts } = {};
    for (const role of ['last', 'best'] as const) {
      const facts = written.checkpoints[role];
      if (facts === undefined) continue;
      const found = await checkpointOf(library, written, role);
      if ('problem' in found) lost.push(`the checkpoint ${role} (${found.problem})`);
      else checkpoints[role] = found.facts;
    }
    takeIn(library, written, checkpoints);
    return { id, name: written.name, from: 'run.json', lost };
  }
  const found = await checkpointOf(library, { id, step: 0, elapsedMs: 0 }, 'last');
  const other =
    'problem' in found ? await checkpointOf(library, { id, step: 0, elapsedMs: 0 }, 'best') : found;
  if ('problem' in other) {
    throw new AppError(
      'failure',
      'nothing-to-rebuild',
      `No run.json and no whole checkpoint: ${other.problem}`,
    );
  }
  const run = fromState(id, other.state, fs.statSync(library.runFolder(id)).mtime);
  takeIn(library, run, { [other.role]: other.facts });
  lost.push('name, group, notes, tags, results and times beyond the checkpoint');
  return { id, name: run.name, from: 'checkpoint', lost };
}

type Found =
  | {
      readonly role: 'last' | 'best';
      readonly facts: CheckpointFacts;
      readonly state: CheckpointState;
    }
  | { readonly problem: string };

async function checkpointOf(
  library: Library,
  run: { readonly id: string; readonly step: number; readonly elapsedMs: number },
  role: 'last' | 'best',
): Promise<Found> {
  const name = `${role}.safetensors`;
  try {
    const { step, state } = await examineCheckpoint(library, run, { from: role, file: name });
    const full = path.join(library.runFolder(run.id), name);
    const sha256 = await hashFile(full);
    return { role, state, facts: { step, file: name, sizeBytes: fs.statSync(full).size, sha256 } };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

function fromState(id: string, state: CheckpointState, at: Date): BundledRun {
  const { spec, step, totalSteps, elapsedMs, best, ended } = state;
  const when = at.toISOString();
  return {
    ...{ id, spec, step, totalSteps, elapsedMs, notes: '', tags: [], stretches: [], history: [] },
    name: spec.name ?? spec.architecture.name,
    group: spec.group ?? null,
    architecture: spec.architecture.name,
    seed: spec.seed,
    status: ended || step === totalSteps ? 'finished' : 'interrupted',
    ...{ createdAt: when, startedAt: when, finishedAt: when, imported: null, recipeOrigin: null },
    dataName: path.basename(spec.data.source),
    dataFingerprint: state.dataFingerprint,
    classCount: state.classes.length,
    codeVersion: 'unknown',
    environment: {},
    epoch: 0,
    metrics:
      best === null
        ? {}
        : {
            ...(best.accuracy === null ? {} : { bestValAccuracy: best.accuracy }),
            ...(typeof best.loss === 'number' ? { bestValLoss: best.loss } : {}),
          },
    checkpoints: {},
    mistakes: null,
  };
}

function takeIn(
  library: Library,
  run: BundledRun,
  checkpoints: { last?: CheckpointFacts; best?: CheckpointFacts },
): void {
  const { status, step, totalSteps, epoch, elapsedMs, metrics, stretches, history } = run;
  library.transaction(() => {
    library.runs.adopt(run);
    library.runs.update(run.id, {
      ...{ status, step, totalSteps, epoch, elapsedMs, metrics, stretches, history, checkpoints },
      environment: run.environment,
    });
  });
}
