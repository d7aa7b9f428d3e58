// Takes from a TensorFlow wheel the little that is needed: the two libraries, and the C headers that
// the binding includes (followed from its sources, so that a moved header is found by itself).
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { failure, messageOf } from '../../shared/errors.ts';
import { explainFileError, formatBytes, requireSpace } from './cache.ts';
import { throwIfAborted } from './command.ts';
import { bindingSources } from './packages.ts';
import type { OnProgress } from './runtime.ts';
import { openWheel, wheelCorrupt } from './wheel-archive.ts';
import type { WheelArchive } from './wheel-archive.ts';

const INCLUDE = 'tensorflow/include/';

export interface UnpackWheelOptions {
  readonly wheel: string;
  /** File names inside the wheel's `tensorflow/` folder. */
  readonly libraries: readonly string[];
  readonly libraryFolder: string;
  readonly includeFolder: string;
  readonly onProgress: OnProgress;
  readonly signal?: AbortSignal | undefined;
}

export interface UnpackedWheel {
  /** The extra `and-cuda` of the wheel, as pip requirements; empty for a CPU wheel. */
  readonly cudaRequirements: readonly string[];
}

export async function unpackTensorflowWheel(options: UnpackWheelOptions): Promise<UnpackedWheel> {
  const { wheel, libraries, libraryFolder, includeFolder, onProgress, signal } = options;
  onProgress({ step: 'unpack', message: `Reading ${path.basename(wheel)}`, fraction: 0 });
  const archive = await openWheel(wheel);
  try {
    const missing = libraries.filter((name) => archive.sizeOf(`tensorflow/${name}`) === 0);
    if (missing.length > 0) throw wheelCorrupt(wheel, `it has no ${missing.join(' and no ')}`);
    const totalBytes = libraries.reduce(
      (sum, name) => sum + archive.sizeOf(`tensorflow/${name}`),
      0,
    );
    await requireSpace(path.dirname(wheel), totalBytes, 'to unpack TensorFlow');
    const message = `Unpacking ${libraries.join(' and ')} (${formatBytes(totalBytes)})`;
    let doneBytes = 0;
    const onBytes = progressMeter((bytes) => {
      doneBytes += bytes;
      return { step: 'unpack', message, fraction: doneBytes / totalBytes };
    }, onProgress);
    for (const name of libraries) {
      const target = path.join(libraryFolder, name);
      await archive.unpack(`tensorflow/${name}`, target, { signal, onBytes });
    }
    for (const name of await headerClosure(archive)) {
      await archive.unpack(INCLUDE + name, path.join(includeFolder, name), { signal });
    }
    return { cudaRequirements: await cudaRequirements(archive) };
  } catch (error) {
    throwIfAborted(signal);
    throw explainUnpackError(error, wheel);
  } finally {
    archive.close();
  }
}

/** zlib's own errors mean a damaged file; anything else is explained as a file system error. */
export function explainUnpackError(error: unknown, wheel: string): unknown {
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) {
    return wheelCorrupt(wheel, messageOf(error), error);
  }
  return explainFileError(error, path.dirname(wheel));
}

/** At most one report per hundredth, so that a 64 KiB piece does not cost an event. */
export function progressMeter(
  advance: (bytes: number) => Parameters<OnProgress>[0],
  onProgress: OnProgress,
): (bytes: number) => void {
  let reported = -1;
  return (bytes) => {
    const progress = advance(bytes);
    const percent = Math.floor((progress.fraction ?? 0) * 100);
    if (percent === reported) return;
    reported = percent;
    onProgress(progress);
  };
}

/** Every header of the wheel that the binding's sources include, directly or not. */
async function headerClosure(archive: WheelArchive): Promise<readonly string[]> {
  const available = new Set(archive.names.filter((name) => name.startsWith(INCLUDE)));
  const found = new Map<string, string>();
  const waiting: { readonly text: string; readonly from: string }[] = [];
  for (const source of await bindingSources()) {
    waiting.push({ text: await readFile(source, 'utf8'), from: '' });
  }
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const included of includedNames(next.text)) {
      const candidates = [included, path.posix.join(path.posix.dirname(next.from), included)];
      const name = candidates.find((candidate) => available.has(INCLUDE + candidate));
      // What is in neither place is a system, Node-API or platform-specific header.
      if (name === undefined || found.has(name)) continue;
      const text = await archive.readText(INCLUDE + name);
      found.set(name, text);
      waiting.push({ text, from: name });
    }
  }
  if (!found.has('tensorflow/c/c_api.h')) {
    throw failure(
      'headers-missing',
      `The wheel ${path.basename(archive.file)} has no C headers to compile against; use a wheel published by the TensorFlow project, or set RESNET_LAB_RUNTIME_ROUTE=installer.`,
    );
  }
  return [...found.keys()];
}

export function includedNames(source: string): readonly string[] {
  return [...source.matchAll(/^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]/gm)].map(
    (match) => match[1] ?? '',
  );
}

/** `Requires-Dist: nvidia-cudnn-cu12<10.0,>=9.3.0.75; extra == "and-cuda"` → the requirement. */
async function cudaRequirements(archive: WheelArchive): Promise<readonly string[]> {
  const name = archive.names.find((entry) => /^[^/]+\.dist-info\/METADATA$/.test(entry));
  if (name === undefined) return [];
  const metadata = await archive.readText(name);
  return parseCudaRequirements(metadata);
}

export function parseCudaRequirements(metadata: string): readonly string[] {
  const lines = metadata.matchAll(
    /^Requires-Dist: *(nvidia-[^;\r\n]*?) *;.*extra *== *['"]and-cuda['"]/gm,
  );
  return [...lines].map((match) => (match[1] ?? '').replace(/[()\s]/g, ''));
}
