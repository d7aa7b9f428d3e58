// Event files in a run's folder below a TensorBoard folder. Ours end in a suffix of our own, and a run has
// one: writing it anew takes the place of the one before, so no step is there twice.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { RunRecord } from '../../store/run-record.ts';

const SUFFIX = '.resnet-lab';
const WRITE_BYTES = 1024 * 1024;

/** TensorBoard shows a run by its folder's name. */
export function runFolderName({ name, id }: Pick<RunRecord, 'name' | 'id'>): string {
  const readable = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^[.-]+|-+$/g, '')
    .slice(0, 80);
  return readable === '' ? id : `${readable}-${id}`;
}

/** The file of a run that has been renamed stays where it was. */
function findRunFolder(root: string, run: RunRecord): string {
  const known = fs.existsSync(root)
    ? fs.readdirSync(root).find((name) => name === run.id || name.endsWith(`-${run.id}`))
    : undefined;
  return path.join(root, known ?? runFolderName(run));
}

/**
 * Writes the run's event file below `root`, whole or not at all, and removes the one before.
 * Returns its path.
 */
export function writeEventFile(
  root: string,
  run: RunRecord,
  records: Iterable<Uint8Array>,
): string {
  const folder = findRunFolder(root, run);
  fs.mkdirSync(folder, { recursive: true });
  const before = fs.readdirSync(folder).filter((name) => name.endsWith(SUFFIX));
  const file = path.join(folder, newName(before));
  const partial = path.join(folder, `.${path.basename(file)}.partial`);
  const handle = fs.openSync(partial, 'w');
  try {
    for (const piece of gathered(records)) fs.writeSync(handle, piece);
  } catch (error) {
    fs.closeSync(handle);
    fs.rmSync(partial, { force: true });
    throw error;
  }
  fs.closeSync(handle);
  fs.renameSync(partial, file);
  for (const name of before) fs.rmSync(path.join(folder, name), { force: true });
  return file;
}

export function appendRecords(file: string, records: Iterable<Uint8Array>): void {
  for (const piece of gathered(records)) fs.appendFileSync(file, piece);
}

/** TensorBoard reads a folder's files in the order of their names, so a newer one must come later. */
function newName(before: readonly string[]): string {
  const seconds = before.map((name) => Number(/^events\.out\.tfevents\.(\d+)\./.exec(name)?.[1]));
  const newest = Math.max(0, ...seconds.filter(Number.isSafeInteger));
  const now = Math.max(Math.floor(Date.now() / 1000), newest + 1);
  const host = os.hostname().replace(/[^\w-]+/g, '-');
  return `events.out.tfevents.${now}.${host}.${process.pid}${SUFFIX}`;
}

/** Many small records become few writes. */
function* gathered(records: Iterable<Uint8Array>): Generator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let size = 0;
  for (const piece of records) {
    pieces.push(piece);
    size += piece.length;
    if (size < WRITE_BYTES) continue;
    yield Buffer.concat(pieces);
    pieces = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(pieces);
}
