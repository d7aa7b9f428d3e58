import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { AppError } from '../../shared/errors.ts';
import { openLibrary } from '../store/library.ts';
import { rebuildLibrary } from './rebuild-library.ts';
import { RunService } from './run-service.ts';
import { exampleSpec, temporaryFolder, testHost } from './testing/host-fixtures.ts';

/** The folders of a library with a finished run, without its database. */
async function lostLibrary() {
  const { parts } = await testHost('finish');
  const run = await new RunService(parts).start(exampleSpec(), { onEvent: () => undefined });
  const record = parts.library.runs.update(run.id, { name: 'my run', notes: 'good' });
  const home = temporaryFolder();
  fs.cpSync(path.join(parts.library.folder, 'runs'), path.join(home, 'runs'), { recursive: true });
  return { home, record, folder: path.join(home, 'runs', run.id) };
}

function recordIn(home: string, id: string) {
  const library = openLibrary(home);
  try {
    return library.runs.get(id);
  } finally {
    library.close();
  }
}

test('A lost database is made again of run.json: spec, data, results and checkpoints.', async () => {
  const { home, record } = await lostLibrary();
  const rebuilt = await rebuildLibrary(home);
  expect(rebuilt).toMatchObject({ replaced: undefined, failed: [], runs: [{ from: 'run.json' }] });
  expect(rebuilt.runs[0]?.lost).toHaveLength(1);
  const { spec, status, step, seed, dataFingerprint, checkpoints, metrics } = record;
  expect(recordIn(home, record.id)).toMatchObject({
    ...{ spec, status, step, seed, dataFingerprint, metrics },
    checkpoints: { last: checkpoints.last, best: checkpoints.best },
  });
  // Once is enough: nothing is there twice.
  expect((await rebuildLibrary(home)).runs).toEqual([]);
});

test('Without run.json the checkpoint says what it knows.', async () => {
  const { home, record, folder } = await lostLibrary();
  fs.rmSync(path.join(folder, 'run.json'));
  const { runs } = await rebuildLibrary(home);
  expect(runs).toMatchObject([{ id: record.id, from: 'checkpoint' }]);
  const { spec, step, dataFingerprint } = record;
  expect(recordIn(home, record.id)).toMatchObject({ spec, step, dataFingerprint });
});

test('A folder of which nothing is whole is named and stays as it is.', async () => {
  const { home, record, folder } = await lostLibrary();
  fs.writeFileSync(path.join(folder, 'run.json'), '{"format":1,"run":{');
  for (const name of ['last.safetensors', 'best.safetensors']) {
    fs.truncateSync(path.join(folder, name), 100);
  }
  const before = fs.readdirSync(folder);
  const { runs, failed } = await rebuildLibrary(home);
  expect(runs).toEqual([]);
  expect(failed).toMatchObject([{ id: record.id }]);
  expect(fs.readdirSync(folder)).toEqual(before);
});

test('A damaged database is kept beside the new one; a sound one only gets what it lacks.', async () => {
  const { home, record } = await lostLibrary();
  fs.writeFileSync(path.join(home, 'library.db'), 'this is no database, but somebody may want it');
  expect(() => openLibrary(home)).toThrow(
    expect.objectContaining({ name: 'AppError' }) as AppError,
  );
  const { replaced, runs } = await rebuildLibrary(home);
  expect(fs.readFileSync(replaced ?? '', 'utf8')).toContain('this is no database');
  expect(runs).toHaveLength(1);
  const again = path.join(home, 'runs', 'r-of-a-newer-time');
  fs.cpSync(path.join(home, 'runs', record.id), again, { recursive: true });
  const second = await rebuildLibrary(home);
  expect(second.replaced).toBeUndefined();
});
