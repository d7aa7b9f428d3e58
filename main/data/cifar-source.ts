// CIFAR as a source: a folder with the binary files in it, or the `.tar.gz` of one, unpacked in memory.
// Both give the same rows in the same order, and so the same fingerprint.
import { createReadStream, type Stats } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { hasErrorCode, inputError } from '../../shared/errors.ts';
import { tarError } from './archive/archive-errors.ts';
import { gzippedTar, plainTar } from './archive/tar-bytes.ts';
import { walkTar } from './archive/tar-index.ts';
import {
  CIFAR_SHAPE,
  CIFAR_VARIANTS,
  cifarClasses,
  cifarRows,
  findCifarVariant,
  planCifar,
  recordBytesOf,
  wrongSize,
  type CifarFile,
  type CifarVariant,
} from './cifar.ts';
import { readError } from './file-errors.ts';
import { throwIfCancelled, type Watch } from './progress.ts';
import type { Source, SourceContent, SourceRow } from './source.ts';

/** No file of either dataset is larger; what is larger in an archive is something else. */
const MAX_ENTRY_BYTES = 256 * 0x10_0000;

/** Undefined when the folder holds no CIFAR files. */
export async function openCifarFolder(folder: string): Promise<Source | undefined> {
  for (const inner of ['', ...CIFAR_VARIANTS.map((variant) => variant.innerFolder)]) {
    const path = join(folder, inner);
    const names = await namesIn(path);
    const variant = findCifarVariant(names);
    if (variant !== undefined) return folderSource(path, variant, names);
  }
  for (const inner of ['', 'cifar-10-batches-py', 'cifar-100-python']) {
    if (await isPython(join(folder, inner))) throw pythonVersion(join(folder, inner));
  }
  return undefined;
}

/** Pickles: they can run any program and are never read. */
async function isPython(folder: string): Promise<boolean> {
  const names = await namesIn(folder);
  if (names.has('data_batch_1') && names.has('batches.meta')) return true;
  if (!['train', 'test', 'meta'].every((name) => names.has(name))) return false;
  // Folders of these names are splits.
  return (
    (await stat(join(folder, 'meta'))).isFile() && (await stat(join(folder, 'train'))).isFile()
  );
}

function pythonVersion(path: string): Error {
  return inputError(
    'cifar-python',
    `${path} holds the Python version of CIFAR, pickles, which can run any program and are never opened. Fetch the binary version ("cifar-10-binary.tar.gz" or "cifar-100-binary.tar.gz" from the same page), or let the app download it: resnet-lab data download.`,
    { path },
  );
}

async function namesIn(folder: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(await readdir(folder));
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'ENOTDIR')) return new Set();
    throw readError(error, folder, 'dataset');
  }
}

async function folderSource(
  folder: string,
  variant: CifarVariant,
  names: ReadonlySet<string>,
): Promise<Source> {
  const stats = new Map<string, Stats>();
  for (const name of [...Object.keys(variant.officialBytes), variant.namesFile]) {
    if (names.has(name)) stats.set(name, await stat(join(folder, name)));
  }
  const sizes = new Map([...stats].map(([name, { size }]) => [name, size]));
  const files = planCifar(variant, sizes, folder);
  return {
    name: basename(folder),
    key: {
      kind: variant.kind,
      folder,
      files: [...stats].map(([name, { size, mtimeMs, ctimeMs }]) => [name, size, mtimeMs, ctimeMs]),
    },
    read: async () => {
      const text = names.has(variant.namesFile)
        ? await readFile(join(folder, variant.namesFile), 'utf8')
        : undefined;
      return contentOf(variant, files, text, folder, (name) => readFile(join(folder, name)));
    },
  };
}

/** Whether the files at the beginning of a tar archive are CIFAR's, of whichever version. */
export async function holdsCifar(path: string, isGzipped: boolean): Promise<boolean> {
  const bytes = isGzipped ? gzippedTar(path) : plainTar(path);
  const known = [...knownFiles(), ...PYTHON_FILES];
  let entries = 0;
  let sizeBytes = 0;
  try {
    for await (const { name, kind, range } of walkTar(bytes, path)) {
      if (kind === 'file' && known.includes(basename(name))) return true;
      sizeBytes += range?.sizeBytes ?? 0;
      if (++entries >= TELLING_ENTRIES || sizeBytes > MAX_ENTRY_BYTES) break;
    }
    return false;
  } finally {
    bytes.close();
  }
}

/** A tar file that is expected to hold CIFAR. */
export async function openCifarArchive(path: string, isGzipped: boolean): Promise<Source> {
  const { size, mtimeMs, ctimeMs } = await stat(path);
  return {
    name: basename(path).replace(/\.(tar|tar\.gz|tgz)$/i, ''),
    key: { kind: 'archive', path, size, mtimeMs, ctimeMs },
    read: async (watch) => {
      const entries = await unpack(path, isGzipped, watch);
      const variant = findCifarVariant(new Set(entries.keys()));
      if (variant === undefined) throw noCifarInside(path, entries);
      const sizes = new Map([...entries].map(([name, bytes]) => [name, bytes.length]));
      const files = planCifar(variant, sizes, path);
      const names = entries.get(variant.namesFile)?.toString('utf8');
      const take = (name: string): Promise<Buffer> => {
        const bytes = entries.get(name) ?? Buffer.alloc(0);
        entries.delete(name);
        return Promise.resolve(bytes);
      };
      return contentOf(variant, files, names, path, take);
    },
  };
}

function contentOf(
  variant: CifarVariant,
  files: readonly CifarFile[],
  namesText: string | undefined,
  where: string,
  take: (name: string) => Promise<Buffer>,
): SourceContent {
  const recordBytes = recordBytesOf(variant);
  async function* rows(): AsyncGenerator<SourceRow, void, undefined> {
    for (const file of files) {
      const bytes = await take(file.name);
      if (bytes.length !== file.sizeBytes) {
        throw wrongSize(variant, where, file.name, file.sizeBytes, bytes.length);
      }
      yield* cifarRows(variant, file, bytes, where);
    }
  }
  return {
    kind: variant.kind,
    shape: CIFAR_SHAPE,
    classes: cifarClasses(variant, namesText),
    rows: rows(),
    problems: [],
    expectedRows: files.reduce((sum, file) => sum + file.sizeBytes / recordBytes, 0),
  };
}

/** Of the Python versions, which are not read. */
const PYTHON_FILES = ['data_batch_1', 'batches.meta', 'train'];
/** CIFAR's archives hold eight files in one folder. */
const TELLING_ENTRIES = 16;

/** The archive's files by base name: only those that CIFAR knows are kept. */
async function unpack(
  path: string,
  isGzipped: boolean,
  watch: Watch,
): Promise<Map<string, Buffer>> {
  const wanted = new Set(knownFiles());
  const entries = new Map<string, Buffer>();
  const reader = extract();
  const file = createReadStream(path);
  const reading = isGzipped ? pipeline(file, createGunzip(), reader) : pipeline(file, reader);
  // The loop below sees the same failure; without this a failing pipeline is unhandled meanwhile.
  reading.catch(() => undefined);
  try {
    for await (const entry of reader) {
      throwIfCancelled(watch.signal);
      const name = basename(entry.header.name);
      const { size } = entry.header;
      if (entry.header.type !== 'file' || !wanted.has(name) || size > MAX_ENTRY_BYTES) {
        if (entry.header.type === 'file') entries.set(name, Buffer.alloc(0));
        entry.resume();
        continue;
      }
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      entries.set(name, Buffer.concat(chunks));
    }
    await reading;
  } catch (error) {
    throw tarError(error, path);
  }
  return entries;
}

function knownFiles(): readonly string[] {
  return CIFAR_VARIANTS.flatMap((variant) => [
    ...Object.keys(variant.officialBytes),
    variant.namesFile,
  ]);
}

function noCifarInside(path: string, entries: ReadonlyMap<string, Buffer>): Error {
  const python = PYTHON_FILES.some((name) => entries.has(name));
  return inputError(
    'unknown-archive',
    python
      ? `${path} is the Python version of CIFAR; fetch the binary version ("…-binary.tar.gz").`
      : `${path} holds no CIFAR binary files (data_batch_1.bin or train.bin); unpack other archives and point at the folder.`,
    { path, details: { files: [...entries.keys()].slice(0, 20) } },
  );
}
