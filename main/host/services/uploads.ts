// Brings datasets from a browser into the library: `uploads/<id>/files/…` beside `upload.json`. The id
// follows from the name and the list of files, so an upload that was interrupted, by a reload or a
// restart, goes on when the same things are dropped again. Sizes on disk are the only record of how far
// it is. What nobody has continued for a week is removed.
import { createHash } from 'node:crypto';
import {
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  statfs,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { failure, hasErrorCode, inputError, messageOf } from '../../../shared/errors.ts';
import { formatBytes } from '../../../shared/format.ts';
import type { HandlersOf } from './handlers.ts';
import { requireDistinct, safeName, uploadSegments } from './upload-paths.ts';

export type UploadHandlers = Pick<
  HandlersOf<'datasets'>,
  'datasets.beginUpload' | 'datasets.upload' | 'datasets.finishUpload' | 'datasets.cancelUpload'
>;

export interface UploadService {
  readonly handlers: UploadHandlers;
  /** Removes what was abandoned. */
  clean(): Promise<void>;
}

const Manifest = z.object({
  format: z.literal(1),
  name: z.string(),
  /** Of the upload's folder: what is opened as the dataset. */
  root: z.string(),
  files: z.array(z.object({ path: z.string(), sizeBytes: z.number() })),
  isFinished: z.boolean(),
});
type Manifest = z.output<typeof Manifest>;

const abandonedAfterMs = 7 * 24 * 3600 * 1000;
/** Left free for everything else. */
const reserveBytes = 64 * 2 ** 20;
const largestPiece = 4 * 2 ** 20;
const filesAtOnce = 64;

export function createUploadService(libraryFolder: string): UploadService {
  const home = path.join(libraryFolder, 'uploads');
  const known = new Map<string, Manifest>();
  /** One piece of an upload after the other: their offsets depend on each other. */
  const turns = new Map<string, Promise<unknown>>();

  const folderOf = (id: string): string => {
    // Made by us, so anything else is an attempt to leave the folder.
    if (!/^u-[0-9a-f]{24}$/.test(id)) throw noSuchUpload(id);
    return path.join(home, id);
  };

  const getManifest = async (id: string): Promise<Manifest> => {
    const cached = known.get(id);
    if (cached !== undefined) return cached;
    const manifest = await readManifest(folderOf(id));
    if (manifest === undefined) throw noSuchUpload(id);
    known.set(id, manifest);
    return manifest;
  };

  const inTurn = async <T>(id: string, work: () => Promise<T>): Promise<T> => {
    const turn = (turns.get(id) ?? Promise.resolve()).then(work, work);
    const settled = turn.catch(() => undefined);
    turns.set(id, settled);
    try {
      return await turn;
    } finally {
      if (turns.get(id) === settled) turns.delete(id);
    }
  };

  const handlers: UploadHandlers = {
    'datasets.beginUpload': async ({ name, files }) => {
      const all = files.map((file) => ({ ...file, segments: uploadSegments(file.path) }));
      requireDistinct(files.map((file) => file.path));
      const id = idOf(name, files);
      const folder = folderOf(id);
      const manifest: Manifest = {
        format: 1,
        name,
        root: rootOf(name, all),
        files: files.map(({ path: file, sizeBytes }) => ({ path: file, sizeBytes })),
        isFinished: false,
      };
      return await inTurn(id, async () => {
        const before = await readManifest(folder);
        const hasFiles = (await namesIn(path.join(folder, 'files'))).length > 0;
        const received = hasFiles ? await sizesOf(folder, manifest) : files.map(() => 0);
        const total = files.reduce((sum, file) => sum + file.sizeBytes, 0);
        const missing = total - received.reduce((sum, size) => sum + size, 0);
        await explained(folder, async () => {
          await mkdir(path.join(folder, 'files'), { recursive: true });
          await requireSpace(folder, missing);
          if (before === undefined) await writeManifest(folder, manifest);
          else await touch(folder);
        });
        known.set(id, before ?? manifest);
        return { upload: id, received };
      });
    },
    'datasets.upload': async ({ upload, file: number, offset, bytes }) => {
      const manifest = await getManifest(upload);
      const file = manifest.files[number];
      if (file === undefined) {
        throw inputError('no-such-file', `The upload has no file number ${number}.`);
      }
      if (bytes.byteLength > largestPiece) {
        throw inputError('too-large', `A piece may have up to ${formatBytes(largestPiece)}.`);
      }
      const folder = folderOf(upload);
      await inTurn(upload, () =>
        explained(folder, () => append(fileOf(folder, manifest, file), { file, offset, bytes })),
      );
      return {};
    },
    'datasets.finishUpload': async ({ upload }) => {
      const folder = folderOf(upload);
      const manifest = await getManifest(upload);
      return await inTurn(upload, async () => {
        const received = await sizesOf(folder, manifest);
        const missing = manifest.files.filter((file, i) => received[i] !== file.sizeBytes);
        // Nothing is ever sent for an empty file.
        const [first] = missing;
        if (first !== undefined) {
          throw inputError(
            'upload-incomplete',
            `${missing.length} of ${manifest.files.length} files are not complete yet, the first is ${first.path}; send the rest and finish again.`,
            { details: { missing: missing.length } },
          );
        }
        await explained(folder, async () => {
          for (const [i, file] of manifest.files.entries()) {
            if (file.sizeBytes === 0 && received[i] === 0) {
              await append(fileOf(folder, manifest, file), { file, offset: 0, bytes: nothing });
            }
          }
          await writeManifest(folder, { ...manifest, isFinished: true });
        });
        known.delete(upload);
        return { source: path.join(folder, 'files', ...manifest.root.split('/')) };
      });
    },
    'datasets.cancelUpload': async ({ upload }) => {
      const folder = folderOf(upload);
      const manifest = await getManifest(upload);
      // A dataset that runs may depend on is not a half-done upload any more.
      if (manifest.isFinished) return {};
      await inTurn(upload, async () => {
        known.delete(upload);
        await rm(folder, { recursive: true, force: true });
      });
      return {};
    },
  };

  return {
    handlers,
    clean: async () => {
      for (const id of await namesIn(home)) {
        const folder = path.join(home, id);
        const manifest = await readManifest(folder);
        if (manifest?.isFinished === true) continue;
        const { mtimeMs } = await stat(folder);
        if (Date.now() - mtimeMs > abandonedAfterMs) {
          await rm(folder, { recursive: true, force: true });
        }
      }
    },
  };
}

const nothing = new Uint8Array(0);

function idOf(name: string, files: readonly { path: string; sizeBytes: number }[]): string {
  const hash = createHash('sha256').update(JSON.stringify(name));
  for (const file of files) hash.update(JSON.stringify([file.path, file.sizeBytes]));
  return `u-${hash.digest('hex').slice(0, 24)}`;
}

/** A lone file, the one folder that holds everything, or a folder made for it. */
function rootOf(name: string, files: readonly { readonly segments: readonly string[] }[]): string {
  const [first] = files;
  const top = first?.segments[0];
  if (first === undefined || top === undefined) return safeName(name);
  if (files.length === 1 && first.segments.length === 1) return top;
  const isShared = files.every(({ segments }) => segments.length > 1 && segments[0] === top);
  return isShared ? top : safeName(name);
}

/** Where a file of an upload lies; the root is part of its path or is put in front of it. */
function fileOf(folder: string, { root, files }: Manifest, file: { path: string }): string {
  const segments = uploadSegments(file.path);
  const isInside = segments[0] === root && (segments.length > 1 || files.length === 1);
  return path.join(folder, 'files', ...(isInside ? [] : [root]), ...segments);
}

async function append(
  target: string,
  piece: { file: { path: string; sizeBytes: number }; offset: number; bytes: Uint8Array },
): Promise<void> {
  const { file, offset, bytes } = piece;
  const handle = await openForAppending(target);
  try {
    const { size } = await handle.stat();
    if (offset !== size) {
      throw inputError(
        'upload-offset',
        `The next byte of ${file.path} is number ${size}, but ${offset} was sent; go on from ${size}. Is it being uploaded from two places?`,
        { path: file.path, details: { expected: size, given: offset } },
      );
    }
    if (offset + bytes.byteLength > file.sizeBytes) {
      throw inputError(
        'upload-too-long',
        `${file.path} was announced with ${file.sizeBytes} bytes, but more were sent; it may have changed meanwhile. Drop it again.`,
        { path: file.path },
      );
    }
    try {
      await handle.write(bytes, 0, bytes.byteLength, offset);
    } catch (error) {
      // Half a piece on a full disk would be taken for a whole one.
      await handle.truncate(size);
      throw error;
    }
  } finally {
    await handle.close();
  }
}

async function openForAppending(target: string) {
  try {
    return await open(target, 'r+');
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT')) throw error;
    await mkdir(path.dirname(target), { recursive: true });
    return await open(target, 'w+');
  }
}

/** Bytes on disk of each file, 0 for those that are not there. */
async function sizesOf(folder: string, manifest: Manifest): Promise<number[]> {
  const sizes: number[] = [];
  for (let start = 0; start < manifest.files.length; start += filesAtOnce) {
    const files = manifest.files.slice(start, start + filesAtOnce);
    sizes.push(...(await Promise.all(files.map((file) => sizeOf(fileOf(folder, manifest, file))))));
  }
  return sizes;
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return 0;
    throw error;
  }
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    return Manifest.parse(JSON.parse(await readFile(path.join(folder, 'upload.json'), 'utf8')));
  } catch {
    // None, or one that a full disk cut off: the upload begins anew.
    return undefined;
  }
}

async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const file = path.join(folder, 'upload.json');
  await writeFile(`${file}.partial`, JSON.stringify(manifest));
  await rename(`${file}.partial`, file);
  await touch(folder);
}

async function touch(folder: string): Promise<void> {
  const now = new Date();
  await utimes(folder, now, now);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return [];
    throw error;
  }
}

async function requireSpace(folder: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (neededBytes === 0 || bavail * bsize >= neededBytes + reserveBytes) return;
  throw diskFull(folder, neededBytes, bavail * bsize);
}

async function explained<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (hasErrorCode(error, 'ENOSPC') || hasErrorCode(error, 'EDQUOT')) throw diskFull(folder);
    const isSystem = error instanceof Error && 'errno' in error;
    if (!isSystem) throw error;
    throw failure(
      'upload-failed',
      `The upload could not be written to ${folder}: ${messageOf(error)}. Check the disk and its permissions and try again; what has arrived is kept.`,
      { path: folder, cause: error },
    );
  }
}

function diskFull(folder: string, neededBytes?: number, freeBytes?: number): Error {
  const numbers =
    neededBytes === undefined || freeBytes === undefined
      ? ''
      : ` ${formatBytes(neededBytes)} are still to come, ${formatBytes(freeBytes)} are free.`;
  return failure(
    'disk-full',
    `There is no space left for the upload in ${folder}.${numbers} Free some space and drop it again; what has arrived is kept.`,
    { path: folder, details: { neededBytes, freeBytes } },
  );
}

function noSuchUpload(id: string): Error {
  return inputError(
    'no-such-upload',
    `There is no upload ${JSON.stringify(id.slice(0, 40))}; it may have been cancelled. Drop it again.`,
  );
}
