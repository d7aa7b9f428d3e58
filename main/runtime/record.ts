// `runtime.json`: what a staged runtime is made of, written last. Reading it back and comparing file
// sizes is the cheap proof, at every start, that the runtime is whole.
import { readFile, readdir, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { hasErrorCode } from '../../shared/errors.ts';
import { BINDING_FILE, RECORD_FILE } from './layout.ts';
import type { MachineFacts } from './machine.ts';
import type { DeviceKind, Origin, Runtime } from './runtime.ts';

export interface RuntimeRecord {
  readonly format: 1;
  readonly key: string;
  readonly origin: Origin;
  readonly device: DeviceKind;
  readonly tensorflowVersion: string;
  readonly reasons: readonly string[];
  /** Relative to the runtime's folder, or absolute for libraries that were not copied. */
  readonly libraryFolder: string;
  readonly files: readonly { readonly path: string; readonly sizeBytes: number }[];
  /** The facts that the choice was based on; valid while their fingerprint is the machine's. */
  readonly machine: MachineFacts;
}

export interface StagedRuntime {
  readonly folder: string;
  readonly record: RuntimeRecord;
}

/** undefined when there is none, or one that this version did not write. */
export async function readRecord(folder: string): Promise<RuntimeRecord | undefined> {
  try {
    const record = JSON.parse(
      await readFile(path.join(folder, RECORD_FILE), 'utf8'),
    ) as Partial<RuntimeRecord> | null;
    return record?.format === 1 && Array.isArray(record.files)
      ? (record as RuntimeRecord)
      : undefined;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'ENOTDIR')) return undefined;
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export async function writeRecord(folder: string, record: RuntimeRecord): Promise<void> {
  const file = path.join(folder, RECORD_FILE);
  const temporary = `${file}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(record, null, 2)}\n`);
  await rename(temporary, file);
}

/** The first file that is missing or has another size than when it was staged. */
export async function findDamage(staged: StagedRuntime): Promise<string | undefined> {
  for (const { path: name, sizeBytes } of staged.record.files) {
    try {
      const found = await stat(path.resolve(staged.folder, name));
      if (found.size !== sizeBytes) {
        return `${name} has ${found.size} bytes instead of ${sizeBytes}`;
      }
    } catch (error) {
      if (hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'ENOTDIR')) {
        return `${name} is missing`;
      }
      throw error;
    }
  }
  return undefined;
}

/** Sizes of the given files and of all files in the given folders, for a record. */
export async function listFiles(
  folder: string,
  names: readonly string[],
): Promise<RuntimeRecord['files']> {
  const files: { path: string; sizeBytes: number }[] = [];
  for (const name of names) {
    const found = await stat(path.resolve(folder, name));
    if (found.isDirectory()) {
      const inside = (await readdir(path.resolve(folder, name))).sort();
      files.push(
        ...(await listFiles(
          folder,
          inside.map((entry) => path.join(name, entry)),
        )),
      );
    } else {
      files.push({ path: name, sizeBytes: found.size });
    }
  }
  return files;
}

export async function listStaged(runtimesFolder: string): Promise<readonly StagedRuntime[]> {
  let names: readonly string[];
  try {
    names = (await readdir(runtimesFolder)).sort();
  } catch (error) {
    // A cache folder that is a file is reported when something is to be written to it.
    if (hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'ENOTDIR')) return [];
    throw error;
  }
  const staged: StagedRuntime[] = [];
  for (const name of names) {
    const folder = path.join(runtimesFolder, name);
    const record = await readRecord(folder);
    if (record !== undefined) staged.push({ folder, record });
  }
  return staged;
}

export function toRuntime({ folder, record }: StagedRuntime, cached: boolean): Runtime {
  return {
    bindingPath: path.join(folder, BINDING_FILE),
    libraryFolder: path.resolve(folder, record.libraryFolder),
    tensorflowVersion: record.tensorflowVersion,
    device: record.device,
    origin: record.origin,
    cached,
    reasons: record.reasons,
  };
}
