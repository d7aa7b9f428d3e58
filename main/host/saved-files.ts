// What a run has to save: its checkpoints as they lie in its folder, its curves and its spec.
import fs from 'node:fs';
import path from 'node:path';
import { inputError } from '../../shared/errors.ts';
import type { SavedFile } from '../../shared/contract/app/exports.ts';
import { formatQuantity } from '../../shared/format.ts';
import type { Library } from '../store/library.ts';
import type { CheckpointFacts, RunRecord } from '../store/run-record.ts';
import { seriesCsv } from './run-series.ts';
import { specOf } from './services/run-rows.ts';

const CURVES = 'curves';
const SPEC = 'spec';

/** Checkpoints that are gone are not named. */
export function savedFiles(library: Library, run: RunRecord): SavedFile[] {
  const points = library.series.list(run.id).reduce((sum, { pointCount }) => sum + pointCount, 0);
  const files: SavedFile[] = checkpointsOf(run)
    .filter(({ facts }) => fs.existsSync(path.join(library.runFolder(run.id), facts.file)))
    .map(({ key, label, facts }) => ({ key, label, sizeBytes: facts.sizeBytes }));
  if (points > 0) {
    files.push({ key: CURVES, label: `Curves as CSV, ${formatQuantity(points, 'point')}` });
  }
  if (run.imported === null) {
    files.push({
      ...{ key: SPEC, label: 'Spec as JSON' },
      sizeBytes: Buffer.byteLength(specText(run)),
    });
  }
  return files;
}

/**
 * Puts one of them into a folder; returns its name there.
 * @throws inputError `no-such-file`
 */
export function saveFile(
  library: Library,
  run: RunRecord,
  { key, folder }: { readonly key: string; readonly folder: string },
): string {
  const stem = `${run.id}-${key}`;
  if (key === CURVES) {
    fs.writeFileSync(
      path.join(folder, `${stem}.csv`),
      seriesCsv(run, library.series.readAll(run.id)),
    );
    return `${stem}.csv`;
  }
  if (key === SPEC) {
    fs.writeFileSync(path.join(folder, `${stem}.json`), specText(run));
    return `${stem}.json`;
  }
  const found = checkpointsOf(run).find((one) => one.key === key);
  const source = found && path.join(library.runFolder(run.id), found.facts.file);
  if (source === undefined || !fs.existsSync(source)) {
    throw inputError(
      'no-such-file',
      `The run ${run.id} has no file "${key}" any more; look at the list again.`,
      { path: run.id },
    );
  }
  // A training replaces its checkpoints by renaming, so a copy is of one moment.
  fs.copyFileSync(source, path.join(folder, `${stem}.safetensors`), fs.constants.COPYFILE_FICLONE);
  return `${stem}.safetensors`;
}

interface NamedCheckpoint {
  readonly key: string;
  readonly label: string;
  readonly facts: Pick<CheckpointFacts, 'file' | 'sizeBytes' | 'step'>;
}

function checkpointsOf({ checkpoints }: RunRecord): NamedCheckpoint[] {
  const { best, last, kept = [] } = checkpoints;
  return [
    ...(best ? [{ key: 'best', label: `Best checkpoint, step ${best.step}`, facts: best }] : []),
    ...(last ? [{ key: 'last', label: `Last checkpoint, step ${last.step}`, facts: last }] : []),
    ...kept.map((facts) => ({
      ...{ key: `step-${facts.step}`, label: `Kept weights, step ${facts.step}`, facts },
    })),
  ];
}

function specText(run: RunRecord): string {
  return `${JSON.stringify(specOf(run), null, 2)}\n`;
}
