import fs from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { toErrorDocument } from '../../shared/errors.ts';
import { openConnection } from './connection.ts';
import { explainDatabaseError } from './database-errors.ts';
import { openLibrary } from './library.ts';
import {
  exampleBatch,
  exampleRun,
  temporaryFolder,
  temporaryLibrary,
} from './testing/temporary-folder.ts';

function errorOf(work: () => unknown): { code: string; message: string; fault: string } {
  try {
    work();
  } catch (error) {
    return toErrorDocument(error);
  }
  throw new Error('Nothing was thrown.');
}

test('opening makes the folder with its parts, and opening again finds what was there', () => {
  const folder = path.join(temporaryFolder(), 'deep', 'er');
  const first = openLibrary(folder);
  const { id } = first.runs.create(exampleRun());
  expect(fs.statSync(first.runFolder(id)).isDirectory()).toBe(true);
  expect(fs.readdirSync(folder).sort()).toEqual(
    expect.arrayContaining(['cache', 'library.db', 'runs']),
  );
  first.close();
  first.close();
  expect(temporaryLibrary(folder).runs.get(id).name).toBe('a run');
});

test('two connections of one process see each other; writing inside the other one gives up', () => {
  const folder = temporaryFolder();
  const one = temporaryLibrary(folder);
  const other = openLibrary(folder, { busyTimeoutMs: 30 });
  const { id } = one.runs.create(exampleRun());
  expect(other.runs.get(id).id).toBe(id);
  one.transaction(() => {
    one.runs.update(id, { step: 5 });
    // What is not committed is nobody else's.
    expect(other.runs.get(id).step).toBe(0);
    expect(errorOf(() => other.runs.update(id, { step: 6 })).code).toBe('library-busy');
  });
  expect(other.runs.get(id).step).toBe(5);
  other.close();
});

test('calls made together happen all or not at all', () => {
  const library = temporaryLibrary();
  const { id } = library.runs.create(exampleRun());
  expect(() =>
    library.transaction(() => {
      library.series.append(id, [exampleBatch('train/loss', 1, 3)]);
      library.runs.update(id, { step: 3 });
      throw new Error('changed my mind');
    }),
  ).toThrow('changed my mind');
  expect(library.runs.get(id).step).toBe(0);
  expect(library.series.list(id)).toEqual([]);
});

test('a file that is no database is refused and not changed', () => {
  const folder = temporaryFolder();
  fs.writeFileSync(path.join(folder, 'library.db'), 'Dear diary, '.repeat(500));
  expect(errorOf(() => openLibrary(folder))).toMatchObject({
    code: 'library-not-a-database',
    fault: 'input',
  });
  expect(fs.readFileSync(path.join(folder, 'library.db'), 'utf8')).toMatch(/^Dear diary/);
});

test('a damaged library is reported as damaged, whether pages are missing or overwritten', () => {
  for (const damage of ['cut', 'scribble']) {
    const folder = temporaryFolder();
    const library = openLibrary(folder);
    const { id } = library.runs.create(exampleRun());
    library.series.append(id, [exampleBatch('train/loss', 1, 5000)]);
    library.close();
    const file = path.join(folder, 'library.db');
    if (damage === 'cut') fs.truncateSync(file, 8192);
    else {
      const bytes = fs.readFileSync(file);
      bytes.fill(0xff, 4096);
      fs.writeFileSync(file, bytes);
    }
    const error = errorOf(() => {
      const again = openLibrary(folder);
      try {
        again.runs.list();
      } finally {
        again.close();
      }
    });
    expect(error.code).toBe('library-corrupt');
  }
});

test('a folder that is a file, and a database that is a folder, say so', () => {
  const folder = temporaryFolder();
  fs.writeFileSync(path.join(folder, 'taken'), '');
  expect(errorOf(() => openLibrary(path.join(folder, 'taken'))).code).toBe('library-not-a-folder');
  expect(errorOf(() => openLibrary(path.join(folder, 'taken', 'below'))).code).toBe(
    'library-not-a-folder',
  );
  fs.mkdirSync(path.join(folder, 'library.db'));
  expect(errorOf(() => openLibrary(folder)).code).toBe('library-unopenable');
});

test.skipIf(process.platform !== 'linux')(
  'a home below /proc or of an endless name says so',
  () => {
    expect(errorOf(() => openLibrary('/proc/no/such/home')).code).toBe('library-no-rights');
    expect(errorOf(() => openLibrary(`/tmp/${'x'.repeat(300)}`)).code).toBe(
      'library-path-too-long',
    );
    expect(errorOf(() => openLibrary(`/tmp/${'x/'.repeat(3000)}`)).code).toBe(
      'library-path-too-long',
    );
  },
);

test('a folder that can not be made on a read-only disk says so', () => {
  // What mkdir with `recursive` answers there, which no test can mount.
  const refusal = Object.assign(new Error('no such file or directory'), { code: 'ENOENT' });
  const mkdir = vi.spyOn(fs, 'mkdirSync').mockImplementation(() => {
    throw refusal;
  });
  const error = errorOf(() => openLibrary('/read-only/library'));
  mkdir.mockRestore();
  expect(error).toMatchObject({ code: 'library-no-rights', fault: 'input' });
});

test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
  'a folder without rights says so (not as root, who has all rights)',
  () => {
    const folder = temporaryFolder();
    openLibrary(folder).close();
    fs.chmodSync(path.join(folder, 'library.db'), 0o400);
    expect(errorOf(() => openLibrary(folder)).code).toBe('library-no-rights');
  },
);

test('a folder that is moved away is said to be gone, in the middle of a call too, and is found again', () => {
  const folder = path.join(temporaryFolder(), 'library');
  const library = temporaryLibrary(folder);
  const { id } = library.runs.create(exampleRun());
  library.transaction(() => fs.renameSync(folder, `${folder}-away`));
  expect(errorOf(() => library.runs.get(id)).code).toBe('library-gone');
  expect(errorOf(() => library.version()).code).toBe('library-gone');
  fs.renameSync(`${folder}-away`, folder);
  expect(library.runs.get(id).id).toBe(id);
  // The same from a copy: another file at the same place.
  fs.renameSync(folder, `${folder}-away`);
  fs.cpSync(`${folder}-away`, folder, { recursive: true });
  const version = library.version();
  library.runs.update(id, { step: 3 });
  expect(library.version()).not.toBe(version);
  expect(temporaryLibrary(folder).runs.get(id).step).toBe(3);
  expect(temporaryLibrary(folder).runs.get(id).id).toBe(id);
});

test('system and SQLite errors become sentences with stable codes', () => {
  const file = path.join(temporaryFolder(), 'library.db');
  const coded = (code: string): Error => Object.assign(new Error(code), { code });
  const sqlite = (errcode: number): Error => Object.assign(new Error('SQLite'), { errcode });
  const cases: [Error, string][] = [
    [coded('EACCES'), 'library-no-rights'],
    [coded('EROFS'), 'library-no-rights'],
    [coded('ENOSPC'), 'disk-full'],
    [coded('ENOENT'), 'library-gone'],
    [sqlite(8), 'library-no-rights'],
    [sqlite(26), 'library-not-a-database'],
    [sqlite(11), 'library-corrupt'],
    // SQLITE_CORRUPT_INDEX: the extension does not matter.
    [sqlite(779), 'library-corrupt'],
    [sqlite(13), 'disk-full'],
    [sqlite(10), 'library-io'],
    [sqlite(5), 'library-busy'],
    [sqlite(6), 'library-busy'],
    [sqlite(14), 'library-unopenable'],
    [new Error('a defect'), 'internal'],
  ];
  for (const [error, code] of cases) {
    expect(toErrorDocument(explainDatabaseError(error, file)).code).toBe(code);
  }
});

test('a full database refuses the write, keeps what it had and goes on when there is space', () => {
  const file = path.join(temporaryFolder(), 'library.db');
  const connection = openConnection(file);
  connection.write((session) => {
    session.exec('CREATE TABLE t (x BLOB)');
    session.run('INSERT INTO t VALUES (?)', [new Uint8Array(100)]);
  });
  connection.write((session) => {
    session.exec('PRAGMA max_page_count = 10');
  });
  const error = errorOf(() =>
    connection.write((session) => session.run('INSERT INTO t VALUES (?)', [new Uint8Array(1e6)])),
  );
  expect(error.code).toBe('disk-full');
  expect(connection.read((session) => session.all('SELECT length(x) AS n FROM t'))).toEqual([
    { n: 100 },
  ]);
  connection.write((session) => {
    session.exec('PRAGMA max_page_count = 100000');
    session.run('INSERT INTO t VALUES (?)', [new Uint8Array(1e6)]);
  });
  expect(connection.read((session) => session.first('SELECT count(*) AS n FROM t'))).toEqual({
    n: 2,
  });
  connection.close();
});

test('datasets are remembered by fingerprint, brought up to date, listed by last use and forgotten', () => {
  const { datasets } = temporaryLibrary();
  const facts = {
    fingerprint: 'a',
    name: 'cats',
    source: '/data/cats',
    shape: { height: 32, width: 32, channels: 3 },
    classes: ['long', 'short'],
    counts: { train: 80, val: 20 },
    problems: { 'corrupt-file': 1 },
  };
  const first = datasets.remember(facts);
  expect(first).toMatchObject(facts);
  datasets.remember({ ...facts, fingerprint: 'b', name: 'dogs' });
  const moved = datasets.remember({ ...facts, source: '/new/cats' });
  expect(moved.firstOpenedAt).toBe(first.firstOpenedAt);
  expect(datasets.find('a')?.source).toBe('/new/cats');
  expect(
    datasets
      .list()
      .map((one) => one.fingerprint)
      .sort(),
  ).toEqual(['a', 'b']);
  // As it was read before: it does not come to light when the newer reading is forgotten.
  datasets.remember({ ...facts, fingerprint: 'c', source: '/new/cats' });
  datasets.forget('a');
  expect(datasets.list().map(({ fingerprint }) => fingerprint)).toEqual(['b']);
});
