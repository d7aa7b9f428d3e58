// What the judged checkpoint of a run says of its whole validation split, kept in the run's folder under the
// checkpoint's checksum: a better checkpoint makes another file, and the old one goes.
import fs from 'node:fs';
import path from 'node:path';
import { inputError } from '../../shared/errors.ts';
import { partsOfBatch } from '../../shared/spec/devices.ts';
import { RunSpec } from '../../shared/spec/run.ts';
import {
  OUTPUTS_FOLDER,
  readSplitFeatures,
  readSplitOutputs,
  type SplitFeatures,
  type SplitOutputs,
} from '../data/split-outputs.ts';
import type { Library } from '../store/library.ts';
import type { RunRecord } from '../store/run-record.ts';
import type { HostParts } from './host-parts.ts';
import { judgedCheckpoint } from './mistake-file.ts';
import { classifierOfRun, evaluate, type JobOptions } from './weights-jobs.ts';

/** Where the outputs of the present judged checkpoint lie, or would; undefined without one. */
export function outputsFile(library: Library, run: RunRecord): string | undefined {
  const checkpoint = judgedCheckpoint(run);
  if (checkpoint === undefined) return undefined;
  return path.join(folderOf(library, run), `${checkpoint.sha256.slice(0, 16)}.safetensors`);
}

/** Undefined if they were not computed yet. @throws what is wrong with the file, inputError `data-changed` */
export async function readRunOutputs(
  library: Library,
  run: RunRecord,
): Promise<SplitOutputs | undefined> {
  const file = outputsFile(library, run);
  if (file === undefined || !fs.existsSync(file)) return undefined;
  const outputs = await readSplitOutputs(file);
  requireSameData(run, outputs);
  return outputs;
}

/** What goes with outputs that were read: undefined if they were not computed yet. @throws as `readRunOutputs` */
export async function readRunFeatures(
  library: Library,
  run: RunRecord,
): Promise<SplitFeatures | undefined> {
  const file = outputsFile(library, run);
  if (file === undefined || !fs.existsSync(file)) return undefined;
  return await readSplitFeatures(file);
}

/** Evaluates the judged checkpoint on the validation split and keeps what it says. */
export async function computeRunOutputs(
  parts: HostParts,
  run: RunRecord,
  options: JobOptions = {},
): Promise<void> {
  const { library } = parts;
  const file = outputsFile(library, run);
  if (file === undefined || fs.existsSync(file)) return;
  const spec = RunSpec.parse(run.spec);
  const { data, recipe } = spec;
  const folder = folderOf(library, run);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const { weights } = classifierOfRun(library, run.id, { what: 'What is told of every image' });
  const batch = recipe.batch / partsOfBatch(spec);
  await evaluate(parts, { weights, data, split: 'val', batch, outputs: file }, options);
}

/** Takes what the training itself wrote of its judged checkpoint; nothing to do where it has none. */
export function keepRunOutputs(library: Library, run: RunRecord, written: string): void {
  const file = outputsFile(library, run);
  if (file === undefined) return;
  const folder = folderOf(library, run);
  for (const name of fs.readdirSync(folder)) {
    const older = path.join(folder, name);
    if (older !== written) fs.rmSync(older, { recursive: true, force: true });
  }
  fs.renameSync(written, file);
}

function requireSameData(run: RunRecord, { fingerprint }: SplitOutputs): void {
  if (fingerprint === run.dataFingerprint) return;
  throw inputError(
    'data-changed',
    `The data of run ${run.id} is not what it was trained on any more, so its outputs are of other images. Put the files back, or tell where they lie now with \`resnet-lab data relink\`.`,
    { path: run.id },
  );
}

function folderOf(library: Library, run: RunRecord): string {
  return path.join(library.runFolder(run.id), OUTPUTS_FOLDER);
}
