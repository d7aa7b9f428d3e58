// Memory of this machine as a training can have it: the system's, or the container's if that is less.
import fs from 'node:fs';
import os from 'node:os';
import { hasErrorCode } from '../../../shared/errors.ts';

export function totalMemory(): number {
  // 0, or absurdly large, where nothing is limited.
  const limit = process.constrainedMemory();
  return limit > 0 && limit < os.totalmem() ? limit : os.totalmem();
}

export function availableMemory(): number {
  // macOS counts neither caches nor what it can compress as free.
  if (process.platform === 'darwin') return Math.max(os.freemem(), totalMemory() / 2);
  return Math.min(process.availableMemory(), totalMemory());
}

export interface ProcessUse {
  readonly memoryBytes: number;
  /** Since its start, on all cores. */
  readonly cpuMs: number;
}

/** Undefined when it has ended, or where the system has no /proc. */
export function processUse(pid: number): ProcessUse | undefined {
  try {
    const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const resident = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    if (resident === undefined) return undefined;
    // The second field is the program's name in parentheses and may contain anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { memoryBytes: Number(resident) * 1024, cpuMs: (ticks * 1000) / ticksPerSecond };
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'ESRCH')) return undefined;
    throw error;
  }
}

/** What Linux shows to programs on every architecture, whatever the kernel's own clock. */
const ticksPerSecond = 100;
