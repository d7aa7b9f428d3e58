// What of a finished run must not depend on interruptions, as checksums: every tensor of every checkpoint,
// what the checkpoints know besides times, and every row of every series but its clock.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { parseCheckpointState } from '../../../shared/contract/checkpoint-state.ts';
import { parseTensorFile } from '../../../shared/safetensors.ts';
import { openLibrary } from '../../store/library.ts';

/** By name: `last.safetensors`, `series train/loss`. */
export type Fingerprint = ReadonlyMap<string, string>;

export function fingerprintOf(home: string, id: string): Fingerprint {
  const library = openLibrary(home);
  try {
    const { status, step } = library.runs.get(id);
    const folder = library.runFolder(id);
    const files = fs.readdirSync(folder).filter((name) => name.endsWith('.safetensors'));
    return new Map([
      ['state', `${status} at step ${step}`],
      ...files.sort().map((name) => [name, checkpointSum(path.join(folder, name))] as const),
      ...library.series.readAll(id).map(({ name, width, labels, steps, values }) => {
        const hash = createHash('sha256').update(JSON.stringify({ name, width, labels }));
        return [`series ${name}`, hash.update(steps).update(values).digest('hex')] as const;
      }),
    ]);
  } finally {
    library.close();
  }
}

function checkpointSum(file: string): string {
  const content = parseTensorFile(fs.readFileSync(file));
  const hash = createHash('sha256');
  for (const [name, { dtype, shape }] of content.tensors) {
    hash.update(JSON.stringify({ name, dtype, shape })).update(content.bytesOf(name));
  }
  const { kept, ...state } = parseCheckpointState(file, content.metadata);
  const others = kept.map((facts) => ({ ...facts, sha256: '', sizeBytes: 0 }));
  // The run's id and times differ between two runs, and so do the checksums of files that hold them.
  const equal = { ...state, run: '', elapsedMs: 0, kept: others };
  return hash.update(JSON.stringify(equal)).digest('hex');
}

/** The names of what differs. */
export function differences(a: Fingerprint, b: Fingerprint): readonly string[] {
  const names = new Set([...a.keys(), ...b.keys()]);
  return [...names].filter((name) => a.get(name) !== b.get(name));
}
