// An image file that a user named, whole.
import { readFile } from 'node:fs/promises';
import { LARGEST_IMAGE_BYTES } from '../../shared/limits.ts';
import { readError } from '../data/file-errors.ts';
import { requireUserFile } from '../data/user-file.ts';

/** @throws inputError `not-found`, `not-a-file`, `empty-file`, `too-large`, `no-permission`, `no-answer` */
export async function readUserImage(file: string): Promise<Uint8Array<ArrayBuffer>> {
  await requireUserFile(file, 'image', LARGEST_IMAGE_BYTES);
  try {
    return new Uint8Array(await readFile(file));
  } catch (error) {
    throw readError(error, file, 'image');
  }
}
