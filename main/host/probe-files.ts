// Measurements of runs, kept in the run's folder: one file for each of what was asked, of which weights.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ProbeResult, type ProbeKind, type ProbeSpec } from '../../shared/contract/probes.ts';
import { hasErrorCode } from '../../shared/errors.ts';
import type { Library } from '../store/library.ts';

type RunFolders = Pick<Library, 'runFolder'>;

/** What a measurement depends on besides the run's data, which never changes. */
export type ProbeQuestion = Pick<ProbeResult, 'run' | 'spec' | 'checkpoint' | 'otherCheckpoint'> & {
  readonly other?: string | undefined;
};

/** Undefined if it has not been measured, or by a version whose answers had another form. */
export function readProbe(library: RunFolders, question: ProbeQuestion): ProbeResult | undefined {
  return readFile(path.join(folderOf(library, question.run), fileOf(question)));
}

/** All measurements of a run that can be read, the newest first. */
export function listProbes(library: RunFolders, run: string): ProbeResult[] {
  const folder = folderOf(library, run);
  return filesIn(folder)
    .flatMap((file) => readFile(path.join(folder, file)) ?? [])
    .sort((a, b) => b.at.localeCompare(a.at));
}

export function writeProbe(library: RunFolders, result: ProbeResult): void {
  const folder = folderOf(library, result.run);
  fs.mkdirSync(folder, { recursive: true });
  const file = path.join(folder, fileOf(result));
  const partial = `${file}.${process.pid}.partial`;
  try {
    fs.writeFileSync(partial, JSON.stringify(result));
    fs.renameSync(partial, file);
  } finally {
    fs.rmSync(partial, { force: true });
  }
}

function filesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder).filter((file) => file.endsWith('.json'));
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return [];
    throw error;
  }
}

function readFile(file: string): ProbeResult | undefined {
  try {
    return ProbeResult.parse(JSON.parse(fs.readFileSync(file, 'utf8')));
  } catch {
    // Not there, cut off, or of another version: it can be measured again.
    return undefined;
  }
}

function fileOf({ spec, checkpoint, other, otherCheckpoint }: ProbeQuestion): string {
  const kind: ProbeKind = spec.kind;
  const words = JSON.stringify([
    sorted(spec),
    checkpoint?.sha256 ?? null,
    other ?? null,
    otherCheckpoint?.sha256 ?? null,
  ]);
  return `${kind}-${createHash('sha256').update(words).digest('hex').slice(0, 16)}.json`;
}

function sorted(spec: ProbeSpec): unknown {
  return Object.entries(spec).sort(([a], [b]) => a.localeCompare(b));
}

function folderOf(library: RunFolders, run: string): string {
  return path.join(library.runFolder(run), 'probes');
}
