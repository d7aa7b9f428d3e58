import fs from 'node:fs';
import { crc32 } from 'node:zlib';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openConnection, type Connection, type Row } from './connection.ts';
import { openLibrary } from './library.ts';
import { migrate, migrations, newestVersion } from './migration.ts';
import { temporaryFolder } from './testing/temporary-folder.ts';

function openAt(version: number, folder = temporaryFolder()): Connection {
  const connection = openConnection(path.join(folder, 'library.db'));
  onTestFinished(() => {
    connection.close();
  });
  migrate(connection, version);
  return connection;
}

function tables(connection: Connection): string[] {
  const rows = connection.read((session) =>
    session.all("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"),
  );
  return rows.map((row) => String(row['name']));
}

function rowsOf(connection: Connection, table: string): Row[] {
  return connection.read((session) => session.all(`SELECT * FROM ${table}`));
}

const run = {
  run: 1,
  id: 'r-00000001-0001',
  name: 'naïve, 100 %',
  group_name: null,
  architecture: 'plain20',
  seed: 9007199254740991,
  status: 'finished',
  created_at: '2026-01-01T00:00:00.000Z',
  updated_at: '2026-01-01T01:00:00.000Z',
  started_at: '2026-01-01T00:00:01.000Z',
  finished_at: '2026-01-01T01:00:00.000Z',
  deleted_at: null,
  owner: null,
  spec: '{"depth":20}',
  data_name: 'shapes',
  data_fingerprint: 'f00d',
  class_count: 10,
  code_version: '0.1.0',
  environment: '{}',
  step: 10,
  total_steps: 10,
  epoch: 1.5,
  elapsed_ms: 0.1,
  metrics: '{"bestValAccuracy":0.5}',
  checkpoints: '{}',
  error: null,
  notes: '',
  tags: '["a"]',
} satisfies Row;

const series = {
  series: 1,
  run: 1,
  name: 'train/loss',
  width: 1,
  labels: '[]',
  unit: '',
  point_count: 1,
  last_step: 5,
} satisfies Row;

const chunk = {
  chunk: 1,
  series: 1,
  first_step: 5,
  last_step: 5,
  point_count: 1,
  steps: Uint8Array.of(5, 0, 0, 0),
  elapsed: Uint8Array.of(0, 0, 0, 0, 0, 0, 240, 63),
  points: Uint8Array.of(0, 0, 192, 127),
} satisfies Row;

function insert(connection: Connection, table: string, row: Row): void {
  const columns = Object.keys(row);
  const marks = columns.map(() => '?').join(', ');
  connection.write((session) =>
    session.insert(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`,
      Object.values(row),
    ),
  );
}

test('migration 1 makes a table of runs in an empty file, which takes a whole row and returns it', () => {
  const connection = openAt(0);
  expect(tables(connection)).toEqual([]);
  migrate(connection, 1);
  expect(tables(connection)).toEqual(['runs']);
  insert(connection, 'runs', run);
  expect(rowsOf(connection, 'runs')).toEqual([run]);
});

test('migration 2 adds series and chunks and leaves the runs as they are', () => {
  const connection = openAt(1);
  insert(connection, 'runs', run);
  migrate(connection, 2);
  expect(rowsOf(connection, 'runs')).toEqual([run]);
  expect(tables(connection)).toEqual(['chunks', 'runs', 'series']);
  insert(connection, 'series', series);
  insert(connection, 'chunks', chunk);
  expect(rowsOf(connection, 'series')).toEqual([series]);
  expect(rowsOf(connection, 'chunks')).toEqual([chunk]);
});

test('migration 3 adds datasets and leaves runs, series and chunks as they are', () => {
  const connection = openAt(2);
  insert(connection, 'runs', run);
  insert(connection, 'series', series);
  insert(connection, 'chunks', chunk);
  migrate(connection, 3);
  expect(rowsOf(connection, 'runs')).toEqual([run]);
  expect(rowsOf(connection, 'series')).toEqual([series]);
  expect(rowsOf(connection, 'chunks')).toEqual([chunk]);
  expect(tables(connection)).toEqual(['chunks', 'datasets', 'runs', 'series']);
});

test('migration 4 adds queue, settings and presets and leaves runs and datasets as they are', () => {
  const connection = openAt(3);
  insert(connection, 'runs', run);
  const dataset = {
    fingerprint: 'f00d',
    name: 'shapes',
    source: 'builtin:shapes',
    facts: '{}',
    first_opened_at: '2026-01-01T00:00:00.000Z',
    last_opened_at: '2026-01-01T00:00:00.000Z',
  } satisfies Row;
  insert(connection, 'datasets', dataset);
  migrate(connection, 4);
  expect(rowsOf(connection, 'runs')).toEqual([run]);
  expect(rowsOf(connection, 'datasets')).toEqual([dataset]);
  const added = ['queue', 'settings', 'presets'];
  expect(tables(connection)).toEqual([...added, 'chunks', 'datasets', 'runs', 'series'].sort());
  const waiting = { run: 1, place: -3, device: null, wish: 'stop', recovered_at_step: 7 };
  insert(connection, 'queue', waiting);
  expect(rowsOf(connection, 'queue')).toEqual([waiting]);
  expect(() => insert(connection, 'queue', { ...waiting, run: 2 })).toThrow(/FOREIGN KEY/);
});

test('migration 5 adds the origin of a recipe to runs and leaves the rest of them as it is', () => {
  const connection = openAt(4);
  insert(connection, 'runs', run);
  migrate(connection, 5);
  expect(rowsOf(connection, 'runs')).toEqual([{ ...run, recipe_origin: null }]);
  const next = { ...run, run: 2, id: 'r-00000002-0002', recipe_origin: '{"name":"wrn"}' };
  insert(connection, 'runs', next);
  expect(rowsOf(connection, 'runs')[1]).toEqual(next);
});

test('migrations are numbered without gaps and each has its file', () => {
  expect(migrations.map((migration) => migration.version)).toEqual(
    migrations.map((_, index) => index + 1),
  );
  const files = fs.readdirSync(new URL('migrations', import.meta.url)).sort();
  expect(files).toEqual(
    migrations.map(({ version, name }) => `${String(version).padStart(4, '0')}-${name}.ts`),
  );
});

test('reports come with the sixth step, and what was there stays', () => {
  const connection = openAt(5);
  migrate(connection, 6);
  expect(tables(connection)).toContain('reports');
  const row = { id: 'p-1', document: '{}', created_at: 'a', updated_at: 'b', deleted_at: null };
  connection.write((session) => {
    session.run('INSERT INTO reports VALUES (?, ?, ?, ?, ?)', Object.values(row));
  });
  expect(rowsOf(connection, 'reports')).toEqual([row]);
});

test('the seventh step adds the stretches of runs, which nobody knows of those that are there', () => {
  const connection = openAt(6);
  insert(connection, 'runs', run);
  migrate(connection, 7);
  const before = { ...run, recipe_origin: null, stretches: null };
  expect(rowsOf(connection, 'runs')).toEqual([before]);
  const next = { ...before, run: 2, id: 'r-00000002-0002', stretches: '[]' };
  insert(connection, 'runs', next);
  expect(rowsOf(connection, 'runs')[1]).toEqual(next);
});

test('the eighth step gives series room for overviews and leaves them and their points as they are', () => {
  const connection = openAt(7);
  insert(connection, 'runs', run);
  insert(connection, 'series', series);
  insert(connection, 'chunks', chunk);
  migrate(connection, 8);
  expect(rowsOf(connection, 'series')).toEqual([
    { ...series, overview_points: 0, overview_step: null },
  ]);
  expect(rowsOf(connection, 'chunks')).toEqual([chunk]);
  insert(connection, 'overviews', chunk);
  expect(rowsOf(connection, 'overviews')).toEqual([chunk]);
  connection.write((session) => session.run('DELETE FROM series'));
  expect(rowsOf(connection, 'overviews')).toEqual([]);
});

test('the ninth step adds the history of runs, of which those that are there have none', () => {
  const connection = openAt(8);
  insert(connection, 'runs', run);
  migrate(connection, 9);
  expect(rowsOf(connection, 'runs')).toEqual([
    { ...run, recipe_origin: null, stretches: null, history: null },
  ]);
});

test('the tenth step counts steps from 1 and takes the closing training loss from the points', () => {
  const connection = openAt(9);
  const steps = (...numbers: number[]) => new Uint8Array(Int32Array.from(numbers).buffer);
  const floats = (...numbers: number[]) => new Uint8Array(Float32Array.from(numbers).buffer);
  const metrics = { bestStep: 5, lastTrainLoss: 9, lastTrainAccuracy: 0.9 };
  const before = { ...run, recipe_origin: null, stretches: null, history: null };
  insert(connection, 'runs', { ...before, metrics: JSON.stringify(metrics) });
  const other = { ...before, run: 2, id: 'r-00000002-0002', metrics: '{"lastTrainLoss":9}' };
  insert(connection, 'runs', other);
  const ofSeries = { ...series, point_count: 3, overview_points: 0, overview_step: 4 };
  insert(connection, 'series', ofSeries);
  // Steps that follow each other: the first chunk takes the number that the second had.
  const first = { ...chunk, first_step: 4, last_step: 4, steps: steps(4), points: floats(2) };
  const next = {
    ...{ ...chunk, chunk: 2, first_step: 5, last_step: 6, point_count: 2 },
    ...{ steps: steps(5, 6), points: floats(3, 7) },
  };
  const twin = {
    ...first,
    chunk: 3,
    first_step: 7,
    last_step: 7,
    steps: steps(7),
    points: floats(0),
  };
  insert(connection, 'chunks', first);
  insert(connection, 'chunks', next);
  insert(connection, 'chunks', twin);
  insert(connection, 'overviews', first);
  migrate(connection, 10);
  expect(rowsOf(connection, 'chunks')).toEqual([
    { ...first, first_step: 5, last_step: 5, steps: steps(5) },
    { ...next, first_step: 6, last_step: 7, steps: steps(6, 7) },
    { ...twin, first_step: 8, last_step: 8, steps: steps(8) },
  ]);
  expect(rowsOf(connection, 'overviews')).toEqual([
    { ...first, first_step: 5, last_step: 5, steps: steps(5) },
  ]);
  expect(rowsOf(connection, 'series')).toEqual([{ ...ofSeries, last_step: 6, overview_step: 5 }]);
  const [changed, without] = rowsOf(connection, 'runs').map(
    (row) => JSON.parse(String(row['metrics'])) as unknown,
  );
  expect(changed).toEqual({ bestStep: 6, lastTrainLoss: 3 });
  expect(without).toEqual({});
});

test('the eleventh step counts recoveries, of which those that wait have none', () => {
  const connection = openAt(10);
  insert(connection, 'runs', run);
  const waiting = { run: 1, place: 0, device: null, wish: null, recovered_at_step: 7 };
  insert(connection, 'queue', waiting);
  migrate(connection, 11);
  expect(rowsOf(connection, 'queue')).toEqual([{ ...waiting, recoveries: 0 }]);
});

test('the thirteenth step takes overviews away and leaves series and their points as they are', () => {
  const connection = openAt(12);
  insert(connection, 'runs', run);
  insert(connection, 'series', { ...series, overview_points: 32, overview_step: 4 });
  insert(connection, 'chunks', chunk);
  insert(connection, 'overviews', chunk);
  migrate(connection, 13);
  expect(tables(connection)).not.toContain('overviews');
  expect(rowsOf(connection, 'series')).toEqual([series]);
  expect(rowsOf(connection, 'chunks')).toEqual([chunk]);
});

test('the fourteenth step gives chunks room for checksums and leaves those that are there without', () => {
  const connection = openAt(13);
  insert(connection, 'runs', run);
  insert(connection, 'series', series);
  insert(connection, 'chunks', chunk);
  migrate(connection, 14);
  expect(rowsOf(connection, 'chunks')).toEqual([{ ...chunk, checksum: null }]);
});

test('the fifteenth step gives runs room for a wish, and there is none', () => {
  const connection = openAt(14);
  insert(connection, 'runs', run);
  migrate(connection, 15);
  expect(rowsOf(connection, 'runs')).toMatchObject([{ ...run, wish: null }]);
});

test('the sixteenth step takes the best evaluation by what the recipe monitors', () => {
  const connection = openAt(15);
  const bytes = (array: Int32Array | Float32Array) => new Uint8Array(array.buffer);
  const metrics = { bestValAccuracy: 0.5, bestStep: 9, lowestValLoss: 1, lastValLoss: 2 };
  for (const [number, monitor] of ['accuracy', 'loss', undefined].entries()) {
    const spec = JSON.stringify({
      recipe: monitor === undefined ? {} : { checkpoints: { monitor } },
    });
    const id = { run: number, id: `r-0000000${number}-0001` };
    insert(connection, 'runs', { ...run, ...id, spec, metrics: JSON.stringify(metrics) });
    const values = { 'val/accuracy': [0.25, 0.5, 0.5], 'val/loss': [1, 3, 2] };
    for (const [at, [name, points]] of Object.entries(values).entries()) {
      const key = 10 * number + at;
      insert(connection, 'series', { ...series, run: number, series: key, name });
      insert(connection, 'chunks', {
        ...{ ...chunk, chunk: key, series: key, checksum: null, point_count: 3 },
        ...{ steps: bytes(Int32Array.of(5, 9, 12)), points: bytes(Float32Array.from(points)) },
      });
    }
  }
  migrate(connection, 16);
  const found = rowsOf(connection, 'runs').map(
    (row) => JSON.parse(String(row['metrics'])) as unknown,
  );
  const byAccuracy = { bestValAccuracy: 0.5, bestStep: 9, bestValLoss: 3, lastValLoss: 2 };
  const byLoss = { bestValAccuracy: 0.25, bestStep: 5, bestValLoss: 1, lastValLoss: 2 };
  expect(found).toEqual([byAccuracy, byLoss, byAccuracy]);
});

test('the eighteenth step gives each column of a chunk its checksum, and damage stays damage', () => {
  const folder = temporaryFolder();
  const connection = openAt(17, folder);
  insert(connection, 'runs', { ...run, recipe_origin: null, stretches: null, history: null });
  insert(connection, 'series', { ...series, point_count: 5, last_step: 20 });
  insert(connection, 'series', { ...series, series: 2, name: 'hurt' });
  const bytes = (array: Int32Array | Float64Array | Float32Array) => new Uint8Array(array.buffer);
  const old = (steps: readonly number[], { key = 1, flip = 0 } = {}) => {
    const [first = 0] = steps;
    const made = {
      steps: bytes(Int32Array.from(steps)),
      elapsed: bytes(Float64Array.from(steps)),
      points: bytes(Float32Array.from(steps)),
    };
    const checksum = crc32(made.points, crc32(made.elapsed, crc32(made.steps)));
    insert(connection, 'chunks', {
      ...{ ...made, chunk: first, series: key, first_step: first, last_step: steps.at(-1)! },
      ...{ point_count: steps.length, checksum: (checksum ^ flip) >>> 0 },
    });
  };
  old([5, 6, 7]);
  old([10, 20]);
  old([30, 31], { key: 2, flip: 1 });
  migrate(connection, 18);
  connection.close();
  const library = openLibrary(folder);
  onTestFinished(() => library.close());
  const found = library.series.read(run.id, 'train/loss')!;
  expect(Array.from(found.steps)).toEqual([5, 6, 7, 10, 20]);
  expect(Array.from(found.values)).toEqual([5, 6, 7, 10, 20]);
  expect(Array.from(found.elapsedMs)).toEqual([5, 6, 7, 10, 20]);
  const untimed = library.series.readUntimed(run.id, 'train/loss');
  expect({ ...untimed, elapsedMs: found.elapsedMs }).toEqual(found);
  expect(() => library.series.readUntimed(run.id, 'hurt')).toThrow(
    expect.objectContaining({ code: 'series-damaged' }) as Error,
  );
});

test('a library of a newer version is refused with what to do, and left as it is', () => {
  const folder = temporaryFolder();
  const connection = openAt(newestVersion, folder);
  connection.write((session) => {
    session.exec('PRAGMA user_version = 99');
  });
  connection.close();
  const before = fs.readFileSync(path.join(folder, 'library.db'));
  expect(() => openLibrary(folder)).toThrow(
    /written by a newer version of ResNet Lab \(its format is 99, this version knows up to \d+\)\. Update/,
  );
  expect(fs.readFileSync(path.join(folder, 'library.db')).equals(before)).toBe(true);
});

test('a database of another program is refused and left as it is', () => {
  const folder = temporaryFolder();
  const connection = openConnection(path.join(folder, 'library.db'));
  connection.write((session) => {
    session.exec('CREATE TABLE recipes (name TEXT)');
  });
  connection.close();
  const before = fs.readFileSync(path.join(folder, 'library.db'));
  expect(() => openLibrary(folder)).toThrow(/is a database of another program/);
  expect(fs.readFileSync(path.join(folder, 'library.db')).equals(before)).toBe(true);
});

test('a migration that fails leaves the library at the version it had', () => {
  const connection = openAt(1);
  connection.write((session) => {
    session.exec('CREATE TABLE chunks (in_the_way TEXT)');
  });
  expect(() => migrate(connection)).toThrow(/already exists/);
  expect(tables(connection)).toEqual(['chunks', 'runs']);
  expect(connection.read((session) => session.all('PRAGMA user_version'))).toEqual([
    { user_version: 1 },
  ]);
});

test('migration 19 makes room for studies and leaves runs alone', () => {
  const connection = openAt(18);
  insert(connection, 'runs', run);
  const before = rowsOf(connection, 'runs');
  migrate(connection, 19);
  insert(connection, 'studies', {
    ...{ study: 's-1', name: 'lesions', setting: '{}', status: 'running' },
    ...{ error: null, created_at: '2026-01-01', finished_at: null },
  });
  insert(connection, 'study_runs', { study: 's-1', key: 'a', run: 'r-1', is_reused: 1 });
  expect(rowsOf(connection, 'runs')).toEqual(before);
  expect(() =>
    insert(connection, 'study_runs', { study: 's-1', key: 'a', run: 'r-2', is_reused: 0 }),
  ).toThrow();
});
