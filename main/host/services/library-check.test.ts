import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { LibraryCheck } from '../../../shared/contract/app/library.ts';
import { listBackups } from '../../store/backups.ts';
import { openLibrary } from '../../store/library.ts';
import { readLastCheck, recordCheck } from '../last-check.ts';
import { testApp } from '../testing/app-fixture.ts';
import { temporaryFolder, testHost } from '../testing/host-fixtures.ts';
import { takeCare } from './library-check.ts';

test('The day’s care makes a backup once, records what it found, and keeps what a full check found.', async () => {
  const home = temporaryFolder();
  const library = openLibrary(home);
  try {
    expect(readLastCheck(home)).toBeNull();
    fs.mkdirSync(path.join(home, 'runs', 'r-lost'), { recursive: true });
    fs.writeFileSync(path.join(home, 'runs', 'r-lost', 'run.json'), '{}');
    const quick = await takeCare(library);
    expect(quick).toMatchObject({ depth: 'quick', isSound: true });
    expect(quick.findings.withoutRecord).toEqual(['r-lost']);
    expect(readLastCheck(home)).toEqual(quick);
    expect(listBackups(home)).toHaveLength(1);
    const full = recordCheck(home, 'full', {
      ...{ database: [], runs: 0, damaged: [], withoutRecord: [], checkpoints: 1 },
      damagedCheckpoints: [{ id: 'r-1', problem: 'damaged' }],
    });
    expect(full.isSound).toBe(false);
    // Not due again, so the database itself is looked at.
    expect(await takeCare(library)).toEqual(full);
    expect(listBackups(home)).toHaveLength(1);
  } finally {
    library.close();
  }
});

test('A damaged database is recorded by the day’s care and not copied over sound backups.', async () => {
  const home = temporaryFolder();
  const library = openLibrary(home);
  try {
    await takeCare(library, { now: new Date(Date.now() - 24 * 3600 * 1000) });
    const sound = listBackups(home);
    expect(sound).toHaveLength(1);
    for (let i = 0; i < 40; i++) {
      library.runs.create({
        ...{ name: `run ${i}`, architecture: 'plain20', seed: i, spec: { text: 'x'.repeat(3000) } },
        ...{ dataName: 'shapes', totalSteps: 9, dataFingerprint: 'f', classCount: 2 },
        codeVersion: '1',
      });
    }
    library.close();
    breakLastPage(path.join(home, 'library.db'));
    const damaged = openLibrary(home);
    try {
      await expect(takeCare(damaged)).rejects.toMatchObject({ code: 'library-corrupt' });
    } finally {
      damaged.close();
    }
    expect(listBackups(home)).toEqual(sound);
    const last = readLastCheck(home);
    expect(last).toMatchObject({ depth: 'quick', isSound: false });
    expect(last?.findings.database.length).toBeGreaterThan(0);
  } finally {
    library.close();
  }
});

test('Care that is given up because the host closes records nothing.', async () => {
  const home = temporaryFolder();
  const library = openLibrary(home);
  const closing = new AbortController();
  const care = takeCare(library, { signal: closing.signal });
  closing.abort(new Error('closing'));
  library.close();
  await expect(care).rejects.toThrow('closing');
  expect(readLastCheck(home)).toBeNull();
});

test('A last check that can’t be read is an error, one of which a part is missing is none.', () => {
  const home = temporaryFolder();
  const file = path.join(home, 'last-check.json');
  fs.writeFileSync(file, '{"at":');
  expect(readLastCheck(home)).toBeNull();
  fs.rmSync(file);
  fs.mkdirSync(file);
  expect(() => readLastCheck(home)).toThrow(
    expect.objectContaining({ code: 'check-unreadable', path: file }) as Error,
  );
});

type CheckEvent =
  | { readonly kind: 'progress'; readonly progress: { readonly message: string } }
  | { readonly kind: 'done'; readonly check: LibraryCheck };

test('A page’s check tells how far it is and is recorded; one that it gives up is not.', async () => {
  const { parts } = await testHost('finish');
  const app = testApp(parts);
  const given = app.follow('library.check', {});
  await expect(given.end()).rejects.toMatchObject({ name: 'AbortError' });
  expect(readLastCheck(parts.library.folder)).toBeNull();
  const { events } = app.follow('library.check', {}) as { events: readonly CheckEvent[] };
  await expect.poll(() => events.at(-1)?.kind).toBe('done');
  expect(events[0]).toMatchObject({ progress: { message: 'Reading the database' } });
  expect(events.at(-1)).toMatchObject({ check: { depth: 'full', isSound: true } });
  const state = await app.ask('library.state', {});
  expect(state.lastCheck).toMatchObject({ depth: 'full' });
  const { backup } = await app.ask('library.backUp', {});
  expect((await app.ask('library.state', {})).backups).toEqual([backup]);
});

function breakLastPage(file: string): void {
  const { size } = fs.statSync(file);
  const handle = fs.openSync(file, 'r+');
  fs.writeSync(handle, Buffer.alloc(4096, 0xa5), 0, 4096, size - 4096);
  fs.closeSync(handle);
}
