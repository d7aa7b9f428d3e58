import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from './lock.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'lock-test-'));
  file = path.join(folder, 'locks', 'name.lock');
});
afterEach(() => rm(folder, { recursive: true }));

const quietly = { onWait: () => undefined };

async function leaveLock(owner: unknown, ageMs: number): Promise<void> {
  await withLock(file, quietly, () => Promise.resolve());
  await writeFile(file, typeof owner === 'string' ? owner : JSON.stringify(owner));
  const then = new Date(Date.now() - ageMs);
  await utimes(file, then, then);
}

function deadPid(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

test('holders of one lock never overlap, and its file is gone afterwards', async () => {
  let inside = 0;
  let most = 0;
  const hold = () =>
    withLock(file, quietly, async () => {
      inside += 1;
      most = Math.max(most, inside);
      await readdir(folder);
      inside -= 1;
    });
  await Promise.all([hold(), hold(), hold()]);
  expect(most).toBe(1);
  expect(await readdir(path.dirname(file))).toEqual([]);
});

test('a failure inside releases the lock', async () => {
  const failing = withLock(file, quietly, () => Promise.reject(new Error('inside')));
  await expect(failing).rejects.toThrow('inside');
  expect(await withLock(file, quietly, () => Promise.resolve('next'))).toBe('next');
});

const ABANDONED = [
  ['of a dead process', () => ({ pid: deadPid(), host: os.hostname(), token: 'a' }), 0],
  [
    'of another machine that has been silent',
    () => ({ pid: 1, host: 'other', token: 'a' }),
    300_000,
  ],
  [
    'whose pid now belongs to another process',
    () => ({ pid: process.pid, host: os.hostname(), token: 'a' }),
    300_000,
  ],
  ['that was never written', () => '', 60_000],
] as const;

for (const [whose, owner, ageMs] of ABANDONED) {
  test(`a lock ${whose} is taken over by exactly one of two`, async () => {
    await leaveLock(owner(), ageMs);
    const order: string[] = [];
    const take = (name: string) =>
      withLock(file, quietly, async () => {
        order.push(`${name} in`);
        await readdir(folder);
        order.push(`${name} out`);
      });
    await Promise.all([take('a'), take('b')]);
    const first = order[0]?.split(' ')[0];
    expect(order.slice(0, 2)).toEqual([`${first} in`, `${first} out`]);
    expect(order).toHaveLength(4);
    expect(await readdir(path.dirname(file))).toEqual([]);
  });
}

test('a live lock is waited for, its owner is named once, and waiting can be stopped', async () => {
  await leaveLock({ pid: 1, host: 'other', token: 'a' }, 0);
  const stop = new AbortController();
  const owners: unknown[] = [];
  const waiting = withLock(
    file,
    {
      signal: stop.signal,
      onWait: (owner) => {
        owners.push(owner);
        stop.abort();
      },
    },
    () => Promise.resolve(),
  );
  await expect(waiting).rejects.toMatchObject({ code: 'staging-stopped' });
  expect(owners).toMatchObject([{ pid: 1, host: 'other' }]);
});
