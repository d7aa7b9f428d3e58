// One process at a time may touch the database: every transaction, reading too, holds this lock for
// the milliseconds it takes. Node has no file lock that the system releases when a process dies, so
// each process puts an entry named after itself into `locks/`. It owns the lock if, after creating
// its entry, it sees no other living one. As whoever comes later always sees whoever came earlier,
// two can never own it; as every name is unique, removing a dead process's entry can't hit a live one.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { createRng } from '../../shared/rng.ts';
import { failure, hasErrorCode } from '../../shared/errors.ts';
import { livenessOf, parseIdentity, thisProcess } from './process-identity.ts';

export interface LibraryLock {
  hold<T>(work: () => T): T;
}

export interface LibraryLockOptions {
  /** How long to wait for a living owner before giving up with `library-busy`. */
  readonly timeoutMs: number;
}

const claim = 'claim';
const wish = 'wish';
/** An owner that comes back sooner than this lets a waiting process go first. */
const yieldMs = 5;

export function createLibraryLock(folder: string, options: LibraryLockOptions): LibraryLock {
  // Two connections of one process are two parties, so the process's name alone is not enough.
  const party = `${thisProcess()}@${randomBytes(4).toString('hex')}`;
  const claimFile = path.join(folder, `${claim}@${party}`);
  const wishFile = path.join(folder, `${wish}@${party}`);
  const jitter = createRng('library-lock', party);
  let releasedAtMs = -Infinity;

  const others = (kind: string): string[] =>
    fs.readdirSync(folder).filter((name) => isLiveEntry(folder, name, kind, party));

  const tryClaim = (): boolean => {
    // One of our own may be there: its folder was moved away and has come back.
    fs.closeSync(fs.openSync(claimFile, 'w', 0o600));
    if (others(claim).length === 0) return true;
    fs.rmSync(claimFile, { force: true });
    return false;
  };

  const acquire = (): void => {
    const startMs = performance.now();
    if (startMs - releasedAtMs < yieldMs && others(wish).length > 0) sleep(yieldMs);
    if (tryClaim()) return;
    // The wish asks owners that come back at once to let us in between.
    fs.writeFileSync(wishFile, '');
    try {
      for (;;) {
        sleep(0.5 + 2 * jitter.uniform());
        const owners = others(claim);
        if (owners.length === 0 && tryClaim()) return;
        if (performance.now() - startMs > options.timeoutMs) throw busy(folder, owners);
      }
    } finally {
      fs.rmSync(wishFile, { force: true });
    }
  };

  return {
    hold: (work) => {
      acquire();
      try {
        return work();
      } finally {
        fs.rmSync(claimFile, { force: true });
        releasedAtMs = performance.now();
      }
    },
  };
}

function isLiveEntry(folder: string, name: string, kind: string, party: string): boolean {
  if (!name.startsWith(`${kind}@`) || name.endsWith(party)) return false;
  const identity = name
    .slice(kind.length + 1)
    .split('@')
    .slice(0, 3)
    .join('@');
  if (livenessOf(identity) !== 'gone') return true;
  fs.rmSync(path.join(folder, name), { force: true });
  return false;
}

function busy(folder: string, owners: readonly string[]): Error {
  const [entry = ''] = owners;
  const owner = parseIdentity(entry.slice(claim.length + 1));
  const who = owner === undefined ? 'Another process' : `Process ${owner.pid} on ${owner.host}`;
  return failure(
    'library-busy',
    `${who} has been using the library for too long. Wait until it is done or end it; if that ` +
      `process no longer exists, delete ${path.join(folder, entry)}.`,
    { details: { entries: owners, ...(owner ?? {}) }, path: folder },
  );
}

/** Blocks: a transaction is synchronous, and so is waiting for its turn. */
function sleep(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
}

/** Creates the folder of the lock entries; harmless when it is there. */
export function prepareLockFolder(folder: string): void {
  try {
    fs.mkdirSync(folder, { recursive: true });
  } catch (error) {
    if (!hasErrorCode(error, 'EEXIST')) throw error;
  }
}
