import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { toErrorDocument } from '../../shared/errors.ts';
import { openConnection } from './connection.ts';
import { migrate } from './migration.ts';
import { thisProcess } from '../system/process-identity.ts';
import { toStatement } from './run-query.ts';
import type { RunQuery } from './run-record.ts';
import {
  exampleBatch,
  exampleRun,
  temporaryFolder,
  temporaryLibrary,
} from './testing/temporary-folder.ts';

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return toErrorDocument(error).code;
  }
  return 'nothing thrown';
}

test('a created run is queued and returned as it was given, with everything else at its start', () => {
  const { runs } = temporaryLibrary();
  const spec = { kind: 'residual', stages: [{ width: 16 }], note: 'ü\u0000 "quoted"' };
  const run = runs.create(
    exampleRun({ spec, tags: ['a', 'b'], group: 'depth', seed: 2 ** 53 - 1, notes: 'long\nnote' }),
  );
  expect(runs.get(run.id)).toEqual(run);
  expect(run).toMatchObject({
    status: 'queued',
    spec,
    tags: ['a', 'b'],
    group: 'depth',
    seed: 2 ** 53 - 1,
    step: 0,
    totalSteps: 1000,
    elapsedMs: 0,
    metrics: {},
    checkpoints: {},
    error: null,
    owner: null,
    startedAt: null,
    environment: {},
  });
});

test('an update changes what it names and nothing else', () => {
  const { runs } = temporaryLibrary();
  const before = runs.create(exampleRun());
  const changes = {
    step: 10,
    epoch: 0.5,
    elapsedMs: 1234.5,
    metrics: { bestValAccuracy: 0.75, lastTrainLoss: NaN },
    checkpoints: { last: { step: 10, file: 'last.safetensors', sizeBytes: 99, sha256: 'ab' } },
    environment: { device: 'cpu', env: { TF_NUM_INTEROP_THREADS: '2' } },
  };
  const after = runs.update(before.id, changes);
  expect(after).toEqual({
    ...before,
    ...changes,
    metrics: { bestValAccuracy: 0.75, lastTrainLoss: null },
    updatedAt: after.updatedAt,
  });
});

test('a run is claimed by one process, released when it is over, and takes the error along', () => {
  const { runs } = temporaryLibrary();
  const { id } = runs.create(exampleRun());
  const running = runs.claim(id);
  expect(running).toMatchObject({ status: 'running', owner: { pid: process.pid } });
  expect(running.startedAt).not.toBeNull();
  expect(codeOf(() => runs.delete(id))).toBe('run-in-training');
  const error = { code: 'non-finite-loss', message: 'The loss is NaN at step 3.' };
  const failed = runs.update(id, { status: 'failed', error });
  expect(failed).toMatchObject({ status: 'failed', owner: null, error });
  expect(failed.finishedAt).not.toBeNull();
  expect(runs.claim(id)).toMatchObject({ status: 'running', finishedAt: null });
  expect(runs.update(id, { status: 'paused' }).owner).toBeNull();
});

test('a run that another living process trains can not be claimed', () => {
  const folder = temporaryFolder();
  const { runs } = temporaryLibrary(folder);
  const { id } = runs.create(exampleRun());
  runs.claim(id);
  const connection = openConnection(path.join(folder, 'library.db'));
  // A process of another machine counts as living: nobody here can know better.
  const foreign = thisProcess().replace(/@[^@]+@/, '@elsewhere@');
  connection.write((session) => session.run('UPDATE runs SET owner = ?', [foreign]));
  connection.close();
  expect(codeOf(() => runs.claim(id))).toBe('run-in-training');
  expect(runs.get(id)).toMatchObject({ status: 'running', owner: { host: 'elsewhere' } });
});

test('a run is found by id, beginning, or last four characters, however it is typed', () => {
  const { runs } = temporaryLibrary();
  const { id } = runs.create(exampleRun());
  const [, time = '', tail = ''] = id.split('-');
  const spellings = [id, id.toUpperCase(), ` ${id} `, `r-${time}`, time, `${time}${tail}`, tail];
  spellings.push(`${time}-${tail.slice(0, 2)}`, time.replaceAll('0', 'o').replaceAll('1', 'l'));
  for (const typed of spellings) expect(runs.find(typed)?.id).toBe(id);
  for (const typed of ['', 'r-', 'zzzzzzzz', 'nonsense!', `${id}0`, '%']) {
    expect(runs.find(typed)).toBeUndefined();
  }
  expect(() => runs.get('zzzz')).toThrow(
    'There is no run "zzzz" in this library. `resnet-lab runs list` shows what there is.',
  );
});

test('an ambiguous beginning names the candidates', () => {
  const { runs } = temporaryLibrary();
  const ids = [1, 2].map(() => runs.create(exampleRun()).id).sort();
  const start = ids[0]!.slice(0, 4);
  expect(() => runs.find(start)).toThrow(
    `"${start}" fits several runs: ${ids.join(', ')}. Type more`,
  );
});

test('lists filter, sort and page', () => {
  const { runs } = temporaryLibrary();
  const names = ['alpha', 'Beta', 'gamma_100%', 'delta'];
  const [a, b, c, d] = names.map((name, i) =>
    runs.create(
      exampleRun({ name, group: i < 2 ? 'early' : 'late', tags: i === 2 ? ['keep'] : [], seed: i }),
    ),
  );
  runs.update(a!.id, { metrics: { acc: 0.5 }, status: 'finished' });
  runs.update(b!.id, { metrics: { acc: 0.9 } });
  runs.update(d!.id, { metrics: { acc: 0.7 } });
  const listed = (query?: RunQuery): string[] => runs.list(query).runs.map((run) => run.name);
  expect(listed()).toEqual(['delta', 'gamma_100%', 'Beta', 'alpha']);
  expect(listed({ descending: false })).toEqual(names);
  expect(listed({ sortBy: 'name' })).toEqual(['alpha', 'Beta', 'delta', 'gamma_100%']);
  expect(listed({ sortBy: { metric: 'acc' }, descending: true })).toEqual([
    ...['Beta', 'delta', 'alpha', 'gamma_100%'],
  ]);
  expect(listed({ sortBy: { metric: 'acc' } })).toEqual(['alpha', 'delta', 'Beta', 'gamma_100%']);
  expect(listed({ group: 'early' })).toEqual(['Beta', 'alpha']);
  expect(listed({ status: ['finished', 'failed'] })).toEqual(['alpha']);
  expect(listed({ tag: 'keep' })).toEqual([c!.name]);
  expect(listed({ text: '_100%' })).toEqual(['gamma_100%']);
  expect(listed({ text: 'LATE' })).toEqual(['delta', 'gamma_100%']);
  expect(listed({ architecture: 'resnet21' })).toEqual([]);
  expect(runs.list({ limit: 1, offset: 1 })).toMatchObject({ total: 4, runs: [{ name: c!.name }] });
});

test('a deleted run can be restored, and is gone with series and files once purged', () => {
  const library = temporaryLibrary();
  const { runs, series } = library;
  const { id } = runs.create(exampleRun());
  series.append(id, [exampleBatch('train/loss', 1, 10)]);
  fs.writeFileSync(path.join(library.runFolder(id), 'last.safetensors'), 'weights');
  expect(codeOf(() => runs.purge(id))).toBe('run-not-deleted');
  runs.delete(id);
  expect(runs.list().total).toBe(0);
  expect(runs.list({ deleted: true }).runs.map((run) => run.id)).toEqual([id]);
  expect(codeOf(() => runs.claim(id))).toBe('run-deleted');
  expect(runs.restore(id).deletedAt).toBeNull();
  expect(runs.list().total).toBe(1);
  runs.delete(id);
  runs.purge(id);
  expect(runs.find(id)).toBeUndefined();
  expect(fs.existsSync(library.runFolder(id))).toBe(false);
  expect(codeOf(() => series.list(id))).toBe('no-such-run');
});

test('text that the database would cut short is refused', () => {
  const { runs } = temporaryLibrary();
  expect(codeOf(() => runs.create(exampleRun({ name: 'a\0b' })))).toBe('bad-text');
});

test('the usual lists walk an index in order instead of sorting or scanning all runs', () => {
  const connection = openConnection(path.join(temporaryFolder(), 'library.db'));
  onTestFinished(() => {
    connection.close();
  });
  migrate(connection);
  const planOf = (query: RunQuery): string =>
    connection.read((session) => {
      const { sql, values } = toStatement(query, []);
      const rows = session.all(`EXPLAIN QUERY PLAN ${sql}`, values);
      return rows.map((row) => String(row['detail'])).join('\n');
    });
  expect(planOf({})).toBe('SEARCH runs USING INDEX runs_by_creation (deleted_at=?)');
  expect(planOf({ descending: false, limit: 50 })).toBe(
    'SEARCH runs USING INDEX runs_by_creation (deleted_at=?)',
  );
  expect(planOf({ group: 'g' })).toBe(
    'SEARCH runs USING INDEX runs_by_group (deleted_at=? AND group_name=?)',
  );
  expect(planOf({ status: ['running'] })).toBe(
    'SEARCH runs USING INDEX runs_by_status (deleted_at=? AND status=?)',
  );
});

test('a thousand runs are listed whole, page by page and in order', () => {
  const library = temporaryLibrary();
  library.transaction(() => {
    for (let seed = 0; seed < 1000; seed++) library.runs.create(exampleRun({ seed }));
  });
  const all = library.runs.list({ descending: false });
  expect(all.total).toBe(1000);
  expect(all.runs.map((run) => run.seed)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  expect(new Set(all.runs.map((run) => run.id)).size).toBe(1000);
  const page = library.runs.list({ descending: false, limit: 10, offset: 500 });
  expect(page.runs).toEqual(all.runs.slice(500, 510));
});
