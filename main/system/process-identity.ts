// Names this process so that another one, on this machine or after a reboot, can tell whether it
// still lives. A process id alone is not enough: ids are reused, and boots and containers have their
// own. Used by runs that are being trained and packs that are being built. Must never guess "gone".
import fs from 'node:fs';
import os from 'node:os';
import { hasErrorCode } from '../../shared/errors.ts';

export type Liveness = 'alive' | 'gone' | 'unknown';

/** Text such as `4711@workstation@5f0c…`, safe in a file name. */
export type ProcessIdentity = string;

const separator = '@';

let own: ProcessIdentity | undefined;

export function thisProcess(): ProcessIdentity {
  own ??= [
    process.pid,
    hostName(),
    `${bootMark()}_${namespaceMark()}_${startMark(process.pid)}`,
  ].join(separator);
  return own;
}

export interface IdentityParts {
  readonly pid: number;
  readonly host: string;
  readonly birth: string;
}

export function parseIdentity(identity: string): IdentityParts | undefined {
  const [pid, host, birth] = identity.split(separator);
  if (pid === undefined || host === undefined || birth === undefined) return undefined;
  return /^\d+$/.test(pid) ? { pid: Number(pid), host, birth } : undefined;
}

/** `unknown` means: a process of another machine or container, which cannot be asked from here. */
export function livenessOf(identity: ProcessIdentity): Liveness {
  if (identity === own) return 'alive';
  const parts = parseIdentity(identity);
  if (parts === undefined || parts.host !== hostName()) return 'unknown';
  const [boot = '', namespace = '', start = ''] = parts.birth.split('_');
  if (bootDiffers(boot)) return 'gone';
  if (namespace !== namespaceMark()) return 'unknown';
  if (!isAlive(parts.pid)) return 'gone';
  return start !== '' && startMark(parts.pid) !== start ? 'gone' : 'alive';
}

/** Whether a process of this machine has that id, be it the one that is meant or not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return !hasErrorCode(error, 'ESRCH');
  }
}

/** The `host` of identities of this machine. */
export function hostName(): string {
  return os.hostname().replace(/[^A-Za-z0-9.-]/g, '-');
}

function bootMark(): string {
  const id = readIfThere('/proc/sys/kernel/random/boot_id');
  if (id !== undefined) return id.replaceAll('-', '').slice(0, 12);
  return `t${Math.round((Date.now() - os.uptime() * 1000) / 60_000)}`;
}

function bootDiffers(recorded: string): boolean {
  const current = bootMark();
  if (!recorded.startsWith('t') || !current.startsWith('t')) return recorded !== current;
  // Without a boot id the boot time is computed from the clock, which may be adjusted meanwhile.
  const toleranceMinutes = 10;
  return Math.abs(Number(recorded.slice(1)) - Number(current.slice(1))) > toleranceMinutes;
}

function namespaceMark(): string {
  try {
    return fs.readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    // Not Linux: there are no process-id namespaces to tell apart.
    return '';
  }
}

/** Start time in kernel ticks; empty where there is no /proc; `dead` for a zombie. */
function startMark(pid: number): string {
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return '';
  // The second field is the program name in parentheses and may contain anything, even `)`.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? 'dead' : (fields[19] ?? '');
}

function readIfThere(path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'utf8').trim();
  } catch {
    // Absent on this platform, or the process ended in between: both mean "no information".
    return undefined;
  }
}
