// Processor time that processes have used so far, and which processes belong together. Linux only.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

/** Linux counts in hundredths of a second on every platform that Node runs on. */
const TICK_MS = 10;

/** Of all that run now; a process that has ended counts for nothing. */
export function processorMs(ids: readonly number[]): number {
  return ids.reduce((sum, id) => sum + usedMs(id), 0);
}

/** The process and everything that it started, at any depth. */
export function processTree(root: number): readonly number[] {
  const text = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const pairs = text.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  const found = [root];
  for (const parent of found) {
    for (const [id, parentId] of pairs) {
      if (id !== undefined && parentId === parent) found.push(id);
    }
  }
  return found;
}

function usedMs(id: number): number {
  let text: string;
  try {
    text = fs.readFileSync(`/proc/${id}/stat`, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
  // The name of the program, in brackets, may hold anything; user and system time are 12 and 13 after it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
