// What every test of archives has: a folder to write them into, and a cache to open them with.
import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, vi } from 'vitest';
import type { Dataset } from '../../dataset.ts';
import { openDataset, type OpenOptions } from '../../open.ts';
import { createWorkspace, type Workspace } from '../../testing/fixtures.ts';

export interface ArchiveSpace {
  /** Of the test that runs now. */
  readonly space: () => Workspace;
  readonly open: (source: string, options?: Partial<OpenOptions>) => Promise<Dataset>;
  /** Returns the path. */
  readonly put: (name: string, bytes: Uint8Array) => string;
}

export function archiveSpace(): ArchiveSpace {
  // Each pack that is built is forced to the disk, which a busy disk makes wait.
  vi.setConfig({ testTimeout: 30_000 });
  let space: Workspace;
  beforeEach(() => {
    space = createWorkspace();
  });
  afterEach(() => space.remove());
  return {
    space: () => space,
    open: (source, options = {}) =>
      openDataset({ source, cacheFolder: space.cache, valFraction: 0, ...options }),
    put: (name, bytes) => {
      writeFileSync(space.path(name), bytes);
      return space.path(name);
    },
  };
}

export type Files = Readonly<Record<string, Uint8Array | string>>;

export function partsOf(files: Files): { name: string; bytes: Uint8Array | string }[] {
  return Object.entries(files).map(([name, bytes]) => ({ name, bytes }));
}
