// Brings datasets from a browser into the library: `uploads/<id>/files/…` beside `upload.json`. The id
// follows from the name and the list of files, so an upload that was interrupted, by a reload or a
// restart, goes on when the same things are dropped again. Sizes on disk are the only record of how far
// it is. What arrived belongs to the library once a dataset or a run of it reads it. Until then it is listed, and
// removed when it is refused, given up, or was left for a week.
import { createHash } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { hasErrorCode, inputError } from '../../../shared/errors.ts';
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
import {
  explained,
  isRefusal,
  looseImages,
  noSuchUpload,
  notKept,
  requireComplete,
  requireSpace,
} from './upload-errors.ts';
import { requireDistinct, safeName, uploadSegments } from './upload-paths.ts';

export type UploadHandlers = Pick<
  HandlersOf<'datasets'>,
  | 'datasets.beginUpload'
  | 'datasets.upload'
  | 'datasets.finishUpload'
  | 'datasets.cancelUpload'
  | 'datasets.discardUpload'
>;

const abandonedAfterMs = 7 * 24 * 3600 * 1000;
const largestPiece = 4 * 2 ** 20;

export interface UploadOptions {
  readonly libraryFolder: string;
  /** Whether a dataset or a run of the library reads what lies in this upload. */
  readonly isUsed: (id: string) => boolean;
}

type Input<N extends keyof UploadHandlers> = Parameters<UploadHandlers[N]>[0];
type Output<N extends keyof UploadHandlers> = Awaited<ReturnType<UploadHandlers[N]>>;

export class UploadService {
  readonly handlers: UploadHandlers = {
    'datasets.beginUpload': (input) => this.#begin(input),
    'datasets.upload': (input) => this.#receive(input),
    'datasets.finishUpload': (input) => this.#finish(input),
    'datasets.cancelUpload': (input) => this.#cancel(input),
    'datasets.discardUpload': async ({ source }) => {
      await this.discard(source);
      return {};
    },
  };
  readonly #home: string;
  readonly #isUsed: UploadOptions['isUsed'];
  readonly #known = new Map<string, Manifest>();
  /** Bytes that are there, of uploads that somebody asked about. */
  readonly #received = new Map<string, number>();
  /** One piece of an upload after the other: their offsets depend on each other. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor({ libraryFolder, isUsed }: UploadOptions) {
    this.#home = path.join(libraryFolder, 'uploads');
    this.#isUsed = isUsed;
  }

  /** What was begun, or has arrived and is read by nothing yet; what changed last first. */
  async pending(): Promise<readonly PendingUpload[]> {
    const names = await namesIn(this.#home);
    const all = await Promise.all(names.map((id) => this.#pendingOf(id)));
    return all
      .filter((upload) => upload !== undefined)
      .sort((a, b) => b.begunAt.localeCompare(a.begunAt));
  }

  /**
   * Removes the upload that a source lies in, unless the library reads it. A source elsewhere is the user's own and
   * stays.
   * @returns whether there was one to remove
   */
  async discard(source: string): Promise<boolean> {
    const id = this.#idOf(source);
    if (id === undefined || (await readManifest(this.#folderOf(id))) === undefined) return false;
    return await this.#inTurn(id, () => this.#removeUnused(id));
  }

  /** The week in which it may be taken up again begins anew. */
  async keepForAWeek(source: string): Promise<void> {
    const id = this.#idOf(source);
    if (id === undefined) return;
    await this.#inTurn(id, async () => {
      const folder = this.#folderOf(id);
      if ((await modifiedAt(folder)) !== undefined) await touch(folder);
    });
  }

  /** Does what reads a source for the first time; an upload that is refused is removed, and the error says so. */
  async removingRefused<T>(source: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isRefusal(error) || !(await this.discard(source))) throw error;
      throw notKept(error);
    }
  }

  /** Removes what was abandoned. */
  async clean(): Promise<void> {
    for (const id of await namesIn(this.#home)) {
      const folder = path.join(this.#home, id);
      const manifest = await readManifest(folder);
      // What is a dataset of the library, or what a run began with, stays.
      if (manifest?.isFinished === true && this.#isUsed(id)) continue;
      const { mtimeMs } = await stat(folder);
      if (Date.now() - mtimeMs > abandonedAfterMs) {
        await rm(folder, { recursive: true, force: true });
      }
    }
  }

  async #begin({
    name,
    files,
    purpose,
  }: Input<'datasets.beginUpload'>): Promise<Output<'datasets.beginUpload'>> {
    const all = files.map((file) => ({ ...file, segments: uploadSegments(file.path) }));
    requireDistinct(files.map((file) => file.path));
    const id = idOf(name, files);
    const folder = this.#folderOf(id);
    const manifest: Manifest = {
      format: 1,
      name,
      root: rootOf(name, all),
      files: files.map(({ path: file, sizeBytes }) => ({ path: file, sizeBytes })),
      isFinished: false,
      purpose,
    };
    return await this.#inTurn(id, async () => {
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
      this.#known.set(id, before ?? manifest);
      return { upload: id, received: sizes };
    });
  }

  async #receive({
    upload,
    file: number,
    offset,
    bytes,
  }: Input<'datasets.upload'>): Promise<Output<'datasets.upload'>> {
    const manifest = await this.#manifestOf(upload);
    const file = manifest.files[number];
    if (file === undefined) {
      throw inputError('no-such-file', `The upload has no file number ${number}.`);
    }
    if (bytes.byteLength > largestPiece) {
      throw inputError('too-large', `A piece may have up to ${formatBytes(largestPiece)}.`);
    }
    const folder = this.#folderOf(upload);
    await this.#inTurn(upload, async () => {
      // Cancelled while this piece waited for its turn: nothing of it may come back.
      if ((await modifiedAt(folder)) === undefined) throw noSuchUpload(upload);
      await explained(folder, () =>
        append(fileOf(folder, manifest, file), { file, offset, bytes }),
      );
      const before = this.#received.get(upload);
      if (before !== undefined) this.#received.set(upload, before + bytes.byteLength);
    });
    return {};
  }

  async #finish({
    upload,
  }: Input<'datasets.finishUpload'>): Promise<Output<'datasets.finishUpload'>> {
    const folder = this.#folderOf(upload);
    const manifest = await this.#manifestOf(upload);
    return await this.#inTurn(upload, async () => {
      const sizes = await sizesOf(folder, manifest);
      if (manifest.files.every(({ path: file }) => !file.includes('/') && isImageName(file))) {
        await this.#remove(upload, folder);
        throw looseImages(manifest.name);
      }
      requireComplete(manifest, sizes);
      await explained(folder, async () => {
        // Nothing is ever sent for an empty file.
        for (const [i, file] of manifest.files.entries()) {
          if (file.sizeBytes === 0 && sizes[i] === 0) {
            await append(fileOf(folder, manifest, file), { file, offset: 0, bytes: nothing });
          }
        }
        await writeManifest(folder, { ...manifest, isFinished: true });
      });
      this.#forget(upload);
      return { source: sourceOf(folder, manifest) };
    });
  }

  async #cancel({
    upload,
  }: Input<'datasets.cancelUpload'>): Promise<Output<'datasets.cancelUpload'>> {
    // Also says that there is none.
    await this.#manifestOf(upload);
    await this.#inTurn(upload, () => this.#removeUnused(upload));
    return {};
  }

  /** In turn. What runs may depend on is not a half-done upload any more. */
  async #removeUnused(id: string): Promise<boolean> {
    const folder = this.#folderOf(id);
    const manifest = await readManifest(folder);
    if (manifest?.isFinished === true && this.#isUsed(id)) return false;
    await this.#remove(id, folder);
    return true;
  }

  /** The upload that a source lies in. */
  #idOf(source: string): string | undefined {
    const [id = ''] = path.relative(this.#home, source).split(path.sep);
    return ID.test(id) ? id : undefined;
  }

  async #pendingOf(id: string): Promise<PendingUpload | undefined> {
    const folder = path.join(this.#home, id);
    const manifest = this.#known.get(id) ?? (await readManifest(folder));
    if (manifest === undefined || (manifest.isFinished && this.#isUsed(id))) return undefined;
    // Counted from the disk once; a folder of many files takes a while.
    let receivedBytes = this.#received.get(id);
    if (receivedBytes === undefined) {
      receivedBytes = sumOf(await sizesOf(folder, manifest));
      this.#received.set(id, receivedBytes);
    }
    const begunAt = await modifiedAt(folder);
    if (begunAt === undefined) return undefined;
    return {
      ...{ upload: id, name: manifest.name, fileCount: manifest.files.length, receivedBytes },
      sizeBytes: sumOf(manifest.files.map((file) => file.sizeBytes)),
      begunAt: begunAt.toISOString(),
      purpose: manifest.purpose,
      source: manifest.isFinished ? sourceOf(folder, manifest) : null,
    };
  }

  #folderOf(id: string): string {
    // Made by us, so anything else is an attempt to leave the folder.
    if (!ID.test(id)) throw noSuchUpload(id);
    return path.join(this.#home, id);
  }

  async #manifestOf(id: string): Promise<Manifest> {
    const cached = this.#known.get(id);
    if (cached !== undefined) return cached;
    const manifest = await readManifest(this.#folderOf(id));
    if (manifest === undefined) throw noSuchUpload(id);
    this.#known.set(id, manifest);
    return manifest;
  }

  async #inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(id) ?? Promise.resolve()).then(work, work);
    const settled = turn.catch(() => undefined);
    this.#turns.set(id, settled);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(id) === settled) this.#turns.delete(id);
    }
  }

  async #remove(id: string, folder: string): Promise<void> {
    this.#forget(id);
    await rm(folder, { recursive: true, force: true });
  }

  #forget(id: string): void {
    this.#known.delete(id);
    this.#received.delete(id);
  }
}

const ID = /^u-[0-9a-f]{24}$/;
const nothing = new Uint8Array(0);

function sourceOf(folder: string, { root }: Manifest): string {
  return path.join(folder, 'files', ...root.split('/'));
}

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
