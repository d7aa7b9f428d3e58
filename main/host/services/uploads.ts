// Brings datasets from a browser into the library: `uploads/<id>/files/…` beside `upload.json`. The id
// follows from the name and the list of files, so an upload that was interrupted, by a reload or a
// restart, goes on when the same things are dropped again. Sizes on disk are the only record of how far
// it is. What nobody has continued for a week is removed, and what arrived but is no dataset and no weights of a
// run.
import { createHash } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { freeBytes } from '../../system/disk.ts';
import { failure, hasErrorCode, inputError, messageOf } from '../../../shared/errors.ts';
import { formatBytes } from '../../../shared/format.ts';
import type { PendingUpload } from '../../../shared/contract/app/datasets.ts';
import { isImageName } from '../../data/layout/image-names.ts';
import type { HandlersOf } from './handlers.ts';
import {
  append,
  fileOf,
  namesIn,
  readManifest,
  sizesOf,
  touch,
  writeManifest,
  type Manifest,
} from './upload-files.ts';
import { requireDistinct, safeName, uploadSegments } from './upload-paths.ts';

export type UploadHandlers = Pick<
  HandlersOf<'datasets'>,
  'datasets.beginUpload' | 'datasets.upload' | 'datasets.finishUpload' | 'datasets.cancelUpload'
>;

export interface UploadService {
  readonly handlers: UploadHandlers;
  /** What was begun and is not finished, what changed last first. */
  pending(): Promise<readonly PendingUpload[]>;
  /** Removes what was abandoned. */
  clean(): Promise<void>;
}

const abandonedAfterMs = 7 * 24 * 3600 * 1000;
/** Left free for everything else. */
const reserveBytes = 64 * 2 ** 20;
const largestPiece = 4 * 2 ** 20;

export interface UploadOptions {
  readonly libraryFolder: string;
  /** Whether a dataset or a run of the library reads what lies in this upload. */
  readonly isUsed: (id: string) => boolean;
}

export function createUploadService({ libraryFolder, isUsed }: UploadOptions): UploadService {
  const home = path.join(libraryFolder, 'uploads');
  const known = new Map<string, Manifest>();
  /** Bytes that are there, of uploads that somebody asked about. */
  const received = new Map<string, number>();
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
        const sizes = hasFiles ? await sizesOf(folder, manifest) : files.map(() => 0);
        const missing = sumOf(files.map((file) => file.sizeBytes)) - sumOf(sizes);
        await explained(folder, async () => {
          await mkdir(path.join(folder, 'files'), { recursive: true });
          await requireSpace(folder, missing);
          if (before === undefined) await writeManifest(folder, manifest);
          else await touch(folder);
        });
        known.set(id, before ?? manifest);
        return { upload: id, received: sizes };
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
      await inTurn(upload, async () => {
        await explained(folder, () =>
          append(fileOf(folder, manifest, file), { file, offset, bytes }),
        );
        const before = received.get(upload);
        if (before !== undefined) received.set(upload, before + bytes.byteLength);
      });
      return {};
    },
    'datasets.finishUpload': async ({ upload }) => {
      const folder = folderOf(upload);
      const manifest = await getManifest(upload);
      return await inTurn(upload, async () => {
        const sizes = await sizesOf(folder, manifest);
        if (manifest.files.every(({ path: file }) => !file.includes('/') && isImageName(file))) {
          known.delete(upload);
          received.delete(upload);
          await rm(folder, { recursive: true, force: true });
          throw looseImages(manifest.name);
        }
        const missing = manifest.files.filter((file, i) => sizes[i] !== file.sizeBytes);
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
            if (file.sizeBytes === 0 && sizes[i] === 0) {
              await append(fileOf(folder, manifest, file), { file, offset: 0, bytes: nothing });
            }
          }
          await writeManifest(folder, { ...manifest, isFinished: true });
        });
        known.delete(upload);
        received.delete(upload);
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
        received.delete(upload);
        await rm(folder, { recursive: true, force: true });
      });
      return {};
    },
  };

  const pendingIn = async (id: string): Promise<PendingUpload | undefined> => {
    const folder = path.join(home, id);
    const manifest = known.get(id) ?? (await readManifest(folder));
    if (manifest === undefined || manifest.isFinished) return undefined;
    // Counted from the disk once; a folder of many files takes a while.
    let receivedBytes = received.get(id);
    if (receivedBytes === undefined) {
      receivedBytes = sumOf(await sizesOf(folder, manifest));
      received.set(id, receivedBytes);
    }
    const begunAt = await modifiedAt(folder);
    if (begunAt === undefined) return undefined;
    return {
      ...{ upload: id, name: manifest.name, fileCount: manifest.files.length, receivedBytes },
      sizeBytes: sumOf(manifest.files.map((file) => file.sizeBytes)),
      begunAt: begunAt.toISOString(),
    };
  };

  return {
    handlers,
    pending: async () => {
      const all = await Promise.all((await namesIn(home)).map(pendingIn));
      return all
        .filter((upload) => upload !== undefined)
        .sort((a, b) => b.begunAt.localeCompare(a.begunAt));
    },
    clean: async () => {
      for (const id of await namesIn(home)) {
        const folder = path.join(home, id);
        const manifest = await readManifest(folder);
        // What is a dataset of the library, or what a run began with, stays.
        if (manifest?.isFinished === true && isUsed(id)) continue;
        const { mtimeMs } = await stat(folder);
        if (Date.now() - mtimeMs > abandonedAfterMs) {
          await rm(folder, { recursive: true, force: true });
        }
      }
    },
  };
}

const nothing = new Uint8Array(0);

/** @returns undefined if it was cancelled meanwhile */
async function modifiedAt(folder: string): Promise<Date | undefined> {
  try {
    return (await stat(folder)).mtime;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

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

async function requireSpace(folder: string, neededBytes: number): Promise<void> {
  const haveBytes = await freeBytes(folder);
  if (neededBytes === 0 || haveBytes >= neededBytes + reserveBytes) return;
  throw diskFull(folder, neededBytes, haveBytes);
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

function looseImages(name: string): Error {
  return inputError(
    'images-without-folder',
    `${JSON.stringify(name)} holds images and no folders, so there are no classes to learn; it was not kept. Drop a folder that has a folder of images for each class.`,
  );
}

function noSuchUpload(id: string): Error {
  return inputError(
    'no-such-upload',
    `There is no upload ${JSON.stringify(id.slice(0, 40))}; it may have been cancelled. Drop it again.`,
  );
}
