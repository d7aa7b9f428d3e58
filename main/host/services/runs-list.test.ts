import sqlite from 'node-sqlite3-wasm';
import { expect, onTestFinished, test, vi } from 'vitest';
import { testApp } from '../testing/app-fixture.ts';
import { exampleSpec, testHost } from '../testing/host-fixtures.ts';
import type { Library } from '../../store/library.ts';

vi.setConfig({ testTimeout: 30_000 });

const spec = exampleSpec();

function addRuns(library: Library, count: number): void {
  library.together(() => {
    for (let i = 0; i < count; i++) {
      const { id } = library.runs.create({
        ...{ name: `run ${i}`, architecture: 'resnet20', seed: i, spec, totalSteps: 1000 },
        ...{ dataName: 'shapes', dataFingerprint: 'f00d', classCount: 10, codeVersion: 'test' },
      });
      library.runs.update(id, { status: 'finished', metrics: { bestValAccuracy: i / count } });
    }
  });
}

/** Every query of every connection, counted until the test ends. */
function countQueries(): { count: number } {
  const database = new sqlite.Database();
  const statement = database.prepare('SELECT 1');
  // The driver does not export the class.
  const prototype = Object.getPrototypeOf(statement) as sqlite.Statement;
  statement.finalize();
  database.close();
  const counter = { count: 0 };
  const all = Reflect.get(prototype, 'all') as (
    this: sqlite.Statement,
    values: unknown,
  ) => unknown[];
  const spy = vi.spyOn(prototype, 'all').mockImplementation(function (
    this: sqlite.Statement,
    values,
  ) {
    counter.count++;
    return all.call(this, values) as ReturnType<sqlite.Statement['all']>;
  });
  onTestFinished(() => spy.mockRestore());
  return counter;
}

test('A list of hundreds of runs takes as many queries as a list of one.', async () => {
  const { parts } = await testHost('finish');
  const app = testApp(parts);
  addRuns(parts.library, 1);
  const queries = countQueries();
  const queriesOfList = async (rows: number): Promise<number> => {
    queries.count = 0;
    const { runs } = await app.ask('runs.list', {});
    expect(runs).toHaveLength(rows);
    return queries.count;
  };
  const forOne = await queriesOfList(1);
  addRuns(parts.library, 499);
  expect(await queriesOfList(500)).toBe(forOne);
  expect(forOne).toBeGreaterThan(0);
});
