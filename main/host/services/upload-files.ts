// The folder of one upload on disk: `files/…` beside `upload.json`. Sizes on disk are the only record of
// how much of it is there. Decides nothing about who may send what.
import { mkdir, open, readdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { UploadPurpose } from '../../../shared/contract/app/datasets.ts';
import { hasErrorCode, inputError } from '../../../shared/errors.ts';
import { writeFully } from '../../system/disk.ts';
import { uploadSegments } from './upload-paths.ts';

export const Manifest = z.object({
  format: z.literal(1),
  name: z.string(),
  /** Of the upload's folder: what is opened as the dataset. */
  root: z.string(),
  files: z.array(z.object({ path: z.string(), sizeBytes: z.number() })),
  isFinished: z.boolean(),
  purpose: UploadPurpose,
});
export type Manifest = z.output<typeof Manifest>;

const maxParallelFiles = 64;

/** Where a file of an upload lies; the root is part of its path or is put in front of it. */
export function fileOf(folder: string, { root, files }: Manifest, file: { path: string }): string {
  const segments = uploadSegments(file.path);
  const isInside = segments[0] === root && (segments.length > 1 || files.length === 1);
  return path.join(folder, 'files', ...(isInside ? [] : [root]), ...segments);
}

export async function append(
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
      await writeFully(handle, bytes, offset);
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
export async function sizesOf(folder: string, manifest: Manifest): Promise<number[]> {
  const sizes: number[] = [];
  for (let start = 0; start < manifest.files.length; start += maxParallelFiles) {
    const files = manifest.files.slice(start, start + maxParallelFiles);
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

export async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    return Manifest.parse(JSON.parse(await readFile(path.join(folder, 'upload.json'), 'utf8')));
  } catch {
    // None, or one that a full disk cut off: the upload begins anew.
    return undefined;
  }
}

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const file = path.join(folder, 'upload.json');
  await writeFile(`${file}.partial`, JSON.stringify(manifest));
  await rename(`${file}.partial`, file);
  await touch(folder);
}

export async function touch(folder: string): Promise<void> {
  const now = new Date();
  await utimes(folder, now, now);
}

export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return [];
    throw error;
  }
}
