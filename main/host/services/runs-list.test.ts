import { expect, test, vi } from 'vitest';
import { testApp } from '../testing/app-fixture.ts';
import { exampleSpec, testHost } from '../testing/host-fixtures.ts';
import type * as Connections from '../../store/connection.ts';
import type { Session } from '../../store/connection.ts';
import type { Library } from '../../store/library.ts';

/** Queries of every connection. */
const queries = vi.hoisted(() => ({ count: 0 }));

vi.mock('../../store/connection.ts', async (importOriginal) => {
  const original = await importOriginal<typeof Connections>();
  const counting = (session: Session): Session => ({
    ...session,
    all: (...args) => {
      queries.count++;
      return session.all(...args);
    },
    first: (...args) => {
      queries.count++;
      return session.first(...args);
    },
  });
  const openConnection: typeof original.openConnection = (...args) => {
    const connection = original.openConnection(...args);
    return {
      file: connection.file,
      read: (work) => connection.read((session) => work(counting(session))),
      write: (work) => connection.write((session) => work(counting(session))),
      version: () => connection.version(),
      close: () => connection.close(),
    };
  };
  return { ...original, openConnection };
});

vi.setConfig({ testTimeout: 30_000 });

const spec = exampleSpec();

function addRuns(library: Library, count: number): void {
  library.transaction(() => {
    for (let i = 0; i < count; i++) {
      const { id } = library.runs.create({
        ...{ name: `run ${i}`, architecture: 'resnet20', seed: i, spec, totalSteps: 1000 },
        ...{ dataName: 'shapes', dataFingerprint: 'f00d', classCount: 10, codeVersion: 'test' },
      });
      library.runs.update(id, { status: 'finished', metrics: { bestValAccuracy: i / count } });
    }
  });
}

test('A list of hundreds of runs takes as many queries as a list of one.', async () => {
  const { parts } = await testHost('finish');
  const app = testApp(parts);
  addRuns(parts.library, 1);
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
