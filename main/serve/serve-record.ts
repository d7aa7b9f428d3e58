// What `serve` remembers in the library: the secret that signs sessions, and the port it was given
// last. With both, pages that are open during a restart come back by themselves. For the owner's eyes
// only; deleting the file shuts every browser out.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { hasErrorCode } from '../../shared/errors.ts';

export interface ServeRecord {
  readonly secret: Uint8Array;
  /** 0 before there was one. */
  readonly lastPort: number;
}

const Stored = z.object({
  secret: z.string().regex(/^[\w-]{43}$/),
  lastPort: z.int().min(0).max(65_535),
});

const ownerOnly = 0o600;

export function readServeRecord(libraryFolder: string): ServeRecord {
  const stored = Stored.safeParse(readJson(fileIn(libraryFolder)));
  if (stored.success) {
    const { secret, lastPort } = stored.data;
    return { secret: Buffer.from(secret, 'base64url'), lastPort };
  }
  const record = { secret: randomBytes(32), lastPort: 0 };
  writeServeRecord(libraryFolder, record);
  return record;
}

export function writeServeRecord(libraryFolder: string, record: ServeRecord): void {
  const file = fileIn(libraryFolder);
  const stored = {
    secret: Buffer.from(record.secret).toString('base64url'),
    lastPort: record.lastPort,
  };
  const temporary = `${file}.${process.pid}`;
  fs.rmSync(temporary, { force: true });
  fs.writeFileSync(temporary, `${JSON.stringify(stored)}\n`, { mode: ownerOnly, flag: 'wx' });
  fs.renameSync(temporary, file);
}

function fileIn(libraryFolder: string): string {
  return path.join(libraryFolder, 'serve.json');
}

/** Undefined if it is not there, is damaged, or others could have read it: then a new one is made. */
function readJson(file: string): unknown {
  try {
    const mode = fs.statSync(file).mode & 0o077;
    if (process.platform !== 'win32' && mode !== 0) return undefined;
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
