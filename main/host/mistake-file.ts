// What the best checkpoint of a run gets wrong, kept in the run's folder beside the checkpoint it judges.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { MistakeFacts } from '../../shared/contract/trainer.ts';
import type { Library } from '../store/library.ts';
import type { RunRecord } from '../store/run-record.ts';

const Artifact = z.object({
  format: z.literal(1),
  /** Of the checkpoint that was judged. */
  sha256: z.string(),
  step: z.int(),
  facts: MistakeFacts,
});

export type KeptMistakes = z.output<typeof Artifact>;

type RunFolders = Pick<Library, 'runFolder'>;

/** The checkpoint that stands for a run. */
export function judgedCheckpoint({ checkpoints }: Pick<RunRecord, 'checkpoints'>) {
  return checkpoints.best ?? checkpoints.last;
}

/**
 * Undefined if there are none, or they judge another checkpoint than the present one. A run that came
 * without its checkpoints, in a bundle, keeps what was said of them.
 */
export function readMistakes(library: RunFolders, run: RunRecord): KeptMistakes | undefined {
  try {
    const artifact = Artifact.parse(JSON.parse(readFileSync(fileOf(library, run), 'utf8')));
    const judged = judgedCheckpoint(run);
    return judged === undefined || artifact.sha256 === judged.sha256 ? artifact : undefined;
  } catch {
    // Not there, or of another version: it can be made again.
    return undefined;
  }
}

/** Keeps facts about the run's present judged checkpoint; nothing to do where it has none. */
export function writeMistakes(library: RunFolders, run: RunRecord, facts: MistakeFacts): void {
  const checkpoint = judgedCheckpoint(run);
  if (checkpoint === undefined) return;
  const { sha256, step } = checkpoint;
  // JSON has no word for a loss that is not a number.
  const worst = facts.worst.map((mistake) => ({
    ...mistake,
    confidence: finite(mistake.confidence),
    labelProbability: finite(mistake.labelProbability),
    loss: finite(mistake.loss),
  }));
  const artifact: KeptMistakes = { format: 1, sha256, step, facts: { ...facts, worst } };
  const file = fileOf(library, run);
  const partial = `${file}.${process.pid}.partial`;
  try {
    writeFileSync(partial, JSON.stringify(artifact));
    renameSync(partial, file);
  } finally {
    rmSync(partial, { force: true });
  }
}

function fileOf(library: RunFolders, run: Pick<RunRecord, 'id'>): string {
  return path.join(library.runFolder(run.id), 'mistakes.json');
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : Number.MAX_VALUE;
}
