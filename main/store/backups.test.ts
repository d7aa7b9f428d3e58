// Backups of a library in use, and a library that was damaged: what is noticed, and how it comes back.
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { listBackups, makeBackup, restoreBackup } from './backups.ts';
import { checkLibrary } from './check-library.ts';
import { openConnection } from './connection.ts';
import { openLibrary, type Library } from './library.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

function addRun(library: Library, name: string): string {
  const { id } = library.runs.create({
    ...{ name, architecture: 'plain20', seed: 1, spec: {}, dataName: 'shapes', totalSteps: 9 },
    ...{ dataFingerprint: 'f', classCount: 2, codeVersion: '1' },
  });
  const steps = Int32Array.from({ length: 300 }, (_, i) => i + 1);
  library.series.append(id, [
    {
      name: 'train/loss',
      steps,
      elapsedMs: Float64Array.from(steps),
      values: Float32Array.from(steps),
    },
  ]);
  fs.writeFileSync(path.join(library.runFolder(id), 'last.safetensors'), 'x');
  return id;
}

function corruptBit(home: string, name: string): void {
  const connection = openConnection(path.join(home, 'library.db'));
  connection.write((session) => {
    const row = session.first(
      `SELECT chunk, points FROM chunks JOIN series USING (series) JOIN runs USING (run) WHERE runs.name = ?`,
      [name],
    )!;
    const points = Uint8Array.from(row['points'] as Uint8Array);
    points[7] = points[7]! ^ 1;
    session.run('UPDATE chunks SET points = ? WHERE chunk = ?', [points, row['chunk']!]);
  });
  connection.close();
}

test('A flipped bit in a series is noticed, named, and costs no other run.', () => {
  const home = temporaryFolder();
  const library = openLibrary(home);
  const whole = addRun(library, 'whole');
  const hurt = addRun(library, 'hurt');
  expect(checkLibrary(library)).toMatchObject({ database: [], damaged: [], runs: 2 });
  corruptBit(home, 'hurt');
  expect(() => library.series.readAll(hurt)).toThrow(
    expect.objectContaining({ code: 'series-damaged' }) as Error,
  );
  expect(library.series.readAll(whole)[0]!.values).toHaveLength(300);
  const { damaged } = checkLibrary(library);
  expect(damaged.map(({ id }) => id)).toEqual([hurt]);
  library.close();
});

test('A damaged record costs its own run; the list names it.', () => {
  const home = temporaryFolder();
  const library = openLibrary(home);
  const whole = addRun(library, 'whole');
  const hurt = addRun(library, 'hurt');
  const connection = openConnection(path.join(home, 'library.db'));
  connection.write((session) =>
    session.run("UPDATE runs SET metrics = '{\"a' WHERE name = 'hurt'"),
  );
  connection.close();
  const { runs, damaged } = library.runs.list();
  expect(runs.map(({ id }) => id)).toEqual([whole]);
  expect(damaged).toEqual([hurt]);
  expect(checkLibrary(library).damaged).toMatchObject([{ id: hurt }]);
  library.close();
});

test('A library whose database is gone or empty is not taken for a new one, and comes back from a backup.', async () => {
  const home = temporaryFolder();
  const library = openLibrary(home);
  const id = addRun(library, 'one');
  const backup = await makeBackup(home);
  expect(listBackups(home)).toEqual([backup]);
  library.close();
  const file = path.join(home, 'library.db');
  for (const damage of [() => fs.rmSync(file), () => fs.writeFileSync(file, '')]) {
    damage();
    expect(() => openLibrary(home)).toThrow(
      expect.objectContaining({
        code: 'library-lost',
        details: { runs: [id], backup: backup.file },
      }) as Error,
    );
  }
  expect(restoreBackup(home)).toMatchObject({ from: backup });
  const again = openLibrary(home);
  expect(again.series.readAll(id)[0]!.steps).toHaveLength(300);
  expect(checkLibrary(again)).toMatchObject({ database: [], damaged: [], withoutRecord: [] });
  again.close();
});

test('A torn database says how to go back, a restore keeps it, and it is never backed up.', async () => {
  const home = temporaryFolder();
  const library = openLibrary(home);
  for (let i = 0; i < 20; i++) addRun(library, `run ${i}`);
  const sound = await makeBackup(home);
  library.close();
  const file = path.join(home, 'library.db');
  const bytes = fs.readFileSync(file);
  bytes.fill(0xa5, 8192, bytes.length - 4096);
  fs.writeFileSync(file, bytes);
  await expect(makeBackup(home)).rejects.toMatchObject({ code: 'library-corrupt' });
  expect(listBackups(home)).toEqual([sound]);
  const { replaced } = restoreBackup(home);
  expect(fs.readFileSync(replaced!).equals(bytes)).toBe(true);
  const again = openLibrary(home);
  expect(again.runs.list().total).toBe(20);
  again.close();
});

test('Old backups go, the newest stay; a restore names what there is.', async () => {
  const home = temporaryFolder();
  const library = openLibrary(home);
  expect(() => restoreBackup(home)).toThrow(
    expect.objectContaining({ code: 'no-backup' }) as Error,
  );
  for (let day = 1; day <= 9; day++) {
    await makeBackup(home, { now: new Date(Date.UTC(2026, 0, day)) });
  }
  const days = listBackups(home).map(({ at }) => Number(at.slice(8, 10)));
  expect(days).toEqual([9, 8, 7, 6, 5, 4, 3]);
  expect(() => restoreBackup(home, 'other.db')).toThrow(/library-20260109/);
  expect(fs.readdirSync(path.join(home, 'backups')).every((name) => name.endsWith('.db'))).toBe(
    true,
  );
  library.close();
});
