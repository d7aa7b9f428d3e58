// `runs/<id>/run.json`: what the library knows of a run besides its curves, beside its checkpoints, so that
// a lost database does not take the runs along. Written with every checkpoint and at the end.
import fs from 'node:fs';
import path from 'node:path';
import { parseBoundedJson } from '../../shared/bounded-json.ts';
import { LARGEST_JSON_BYTES } from '../../shared/limits.ts';
import { BundledRun } from '../reports/bundle.ts';
import type { Library } from '../store/library.ts';
import { bundledRun } from './bundled-run.ts';

const NAME = 'run.json';
const FORMAT = 1;

/** Replaces the file at once. @throws system errors */
export function writeRunFile(library: Pick<Library, 'runs' | 'runFolder'>, id: string): void {
  const run = bundledRun(library.runs.get(id), { withCheckpoints: true });
  const file = path.join(library.runFolder(id), NAME);
  fs.writeFileSync(`${file}.partial`, JSON.stringify({ format: FORMAT, run }));
  fs.renameSync(`${file}.partial`, file);
}

/** Undefined if there is none, or none that is whole. */
export function readRunFile(folder: string): BundledRun | undefined {
  const file = path.join(folder, NAME);
  const stats = fs.statSync(file, { throwIfNoEntry: false });
  if (stats?.isFile() !== true || stats.size > LARGEST_JSON_BYTES) return undefined;
  let document: unknown;
  try {
    document = parseBoundedJson(fs.readFileSync(file, 'utf8'));
  } catch {
    // A power cut may have left half of it; the checkpoint knows most of it too.
    return undefined;
  }
  if (typeof document !== 'object' || document === null || !('run' in document)) return undefined;
  return BundledRun.safeParse(document.run).data;
}
