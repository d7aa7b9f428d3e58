// The beginning of a file, which tells what it is.
import { open } from 'node:fs/promises';
import { KIND_BYTES } from './archive/archive-kind.ts';
import { readError } from './file-errors.ts';

/** As many as tell what a file is; fewer of a short one. */
export async function firstBytes(path: string): Promise<Buffer> {
  try {
    const handle = await open(path, 'r');
    try {
      const start = Buffer.alloc(KIND_BYTES);
      const { bytesRead } = await handle.read(start, 0, start.length, 0);
      return start.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw readError(error, path, 'dataset');
  }
}
