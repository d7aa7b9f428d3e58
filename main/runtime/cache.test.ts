import { writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import {
  defaultCacheFolder,
  explainFileError,
  folderBytes,
  formatBytes,
  requireSpace,
} from './cache.ts';
import { freeBytes } from '../system/disk.ts';

test('the cache is where the platform keeps what can be fetched again', () => {
  const home = os.homedir();
  expect(defaultCacheFolder({}, 'linux')).toBe(path.join(home, '.cache', 'resnet-lab'));
  expect(defaultCacheFolder({ XDG_CACHE_HOME: '/scratch' }, 'linux')).toBe('/scratch/resnet-lab');
  expect(defaultCacheFolder({ XDG_CACHE_HOME: 'relative' }, 'linux')).toContain('.cache');
  expect(defaultCacheFolder({}, 'darwin')).toContain(path.join('Library', 'Caches', 'resnet-lab'));
  expect(defaultCacheFolder({ LOCALAPPDATA: '/local' }, 'win32')).toBe('/local/resnet-lab');
  expect(defaultCacheFolder({ RESNET_LAB_CACHE: '/mine' }, 'linux')).toBe('/mine');
});

test('a step that needs more space than there is does not begin, and says both numbers', async () => {
  const folder = os.tmpdir();
  const haveBytes = await freeBytes(folder);
  expect(haveBytes).toBeGreaterThan(0);
  await requireSpace(folder, 1, 'to test');
  await expect(requireSpace(folder, haveBytes * 2 + 1e9, 'to unpack TensorFlow')).rejects.toThrow(
    /Not enough disk space in .* to unpack TensorFlow: [\d.]+ [GM]B are needed and [\d.]+ [GM]B are free; free some space or set RESNET_LAB_CACHE/,
  );
});

test.runIf(process.platform === 'linux')('a full disk is told from other errors', () => {
  let error: unknown;
  try {
    writeFileSync('/dev/full', 'x');
  } catch (thrown) {
    error = thrown;
  }
  expect(explainFileError(error, '/cache')).toMatchObject({ code: 'no-disk-space', cause: error });
  const other = new Error('other');
  expect(explainFileError(other, '/cache')).toBe(other);
});

test('the size of a folder counts what is inside its folders, and is 0 for none', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cache-test-'));
  try {
    await mkdir(path.join(folder, 'a', 'b'), { recursive: true });
    await writeFile(path.join(folder, 'a', 'b', 'file'), Buffer.alloc(1000));
    await writeFile(path.join(folder, 'file'), Buffer.alloc(24));
    expect(await folderBytes(folder)).toBe(1024);
    expect(await folderBytes(path.join(folder, 'none'))).toBe(0);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('sizes are written for people', () => {
  expect([formatBytes(853_308_936), formatBytes(2.5e9), formatBytes(900)]).toEqual([
    '853 MB',
    '2.5 GB',
    '1 kB',
  ]);
});
