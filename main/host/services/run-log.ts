// The end of what a run's trainer has printed.
import { open } from 'node:fs/promises';
import path from 'node:path';
import { hasErrorCode } from '../../../shared/errors.ts';

/** Whole lines, at most `tailBytes` of them; empty before the trainer has printed anything. */
export async function readLogTail(runFolder: string, tailBytes: number): Promise<string> {
  try {
    const handle = await open(path.join(runFolder, 'trainer.log'), 'r');
    try {
      const { size } = await handle.stat();
      const start = Math.max(0, size - tailBytes);
      const bytes = Buffer.alloc(size - start);
      await handle.read(bytes, 0, bytes.length, start);
      const text = bytes.toString('utf8');
      // The cut may go through a line, or a letter.
      return start === 0 ? text : text.slice(text.indexOf('\n') + 1);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return '';
    throw error;
  }
}
