// A pack that is being built: a folder `<key>.<owner>.part` with the pixels so far and a journal of what
// they are. A builder that was killed or cancelled leaves it behind, and the next one takes it over by
// renaming it, which only one of several can. The owner in the name is the process that writes it.
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { livenessOf, thisProcess } from '../system/process-identity.ts';
import { isSystemError } from './file-errors.ts';

const SUFFIX = '.part';
/** What nobody has continued for so long is removed. */
const STALE_AFTER_MS = 7 * 24 * 3600 * 1000;
/** The name of no process: left behind on purpose. */
const NOBODY = '0';

export interface PartFolder {
  readonly folder: string;
  readonly pixels: string;
  readonly journal: string;
  /** True if it was begun by another builder. */
  readonly isContinued: boolean;
  /** Leaves it for the next builder. */
  release(): Promise<void>;
  remove(): Promise<void>;
}

export async function openPartFolder(cacheFolder: string, key: string): Promise<PartFolder> {
  const own = join(cacheFolder, nameFor(key, thisProcess()));
  const isContinued = await takeOver(cacheFolder, key, own);
  if (!isContinued) await mkdir(own);
  return {
    folder: own,
    pixels: join(own, 'pixels'),
    journal: join(own, 'journal'),
    isContinued,
    release: () => rename(own, join(cacheFolder, nameFor(key, NOBODY))),
    remove: () => rm(own, { recursive: true, force: true }),
  };
}

/** A part folder that is only made when it is asked for, and then left to the next builder. */
export function partFolderWhenNeeded(cacheFolder: string, key: string) {
  let part: Promise<PartFolder> | undefined;
  return {
    folder: async (): Promise<string> => {
      part ??= mkdir(cacheFolder, { recursive: true }).then(() => openPartFolder(cacheFolder, key));
      return (await part).folder;
    },
    release: async (): Promise<void> => (await part)?.release(),
  };
}

function nameFor(key: string, owner: string): string {
  return `${key}.${owner}-${randomUUID()}${SUFFIX}`;
}

async function takeOver(cacheFolder: string, key: string, own: string): Promise<boolean> {
  for (const name of await readdir(cacheFolder)) {
    const [, owner] =
      /^[^.]+\.(.+)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.part$/.exec(name) ?? [];
    if (owner === undefined) continue;
    const path = join(cacheFolder, name);
    try {
      const isStale = Date.now() - (await stat(path)).mtimeMs > STALE_AFTER_MS;
      // Of another machine's process nothing is known until it is stale.
      if (!isStale && owner !== NOBODY && livenessOf(owner) !== 'gone') continue;
      if (name.startsWith(`${key}.`)) {
        await rename(path, own);
        return true;
      }
      if (isStale) await rm(path, { recursive: true, force: true });
    } catch (error) {
      // Another builder was faster, or its owner has just finished.
      if (!isSystemError(error)) throw error;
    }
  }
  return false;
}
