// What several parts ask of a disk: how much room there is, and to write all of something.
import { statfsSync } from 'node:fs';
import { statfs, type FileHandle } from 'node:fs/promises';

/** Bytes that this user may still write in the file system of an existing folder. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

export function freeBytesNow(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** A disk that is nearly full takes a part, and says so only when asked to take the rest. */
export async function writeFully(
  file: FileHandle,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
