// Runs whose process dies again and again: they go on by themselves three times, then say why not.
import path from 'node:path';
import { expect, test } from 'vitest';
import { openConnection } from '../../store/connection.ts';
import type { Library } from '../../store/library.ts';
import { thisProcess } from '../../system/process-identity.ts';
import { exampleSpec, testHost } from '../testing/host-fixtures.ts';
import { testApp } from '../testing/app-fixture.ts';

const gone = thisProcess().replace(/^\d+/, '4194399');

/** Leaves a run as a host that was killed leaves it. */
function dieWith(library: Library, id: string, step: number): void {
  library.queue.add([id], 'front');
  library.queue.assign(id, 'cpu');
  const connection = openConnection(path.join(library.folder, 'library.db'));
  connection.write((session) =>
    session.run("UPDATE runs SET status = 'running', owner = ?, step = ? WHERE id = ?", [
      ...[gone, step, id],
    ]),
  );
  connection.close();
}

/** A host that looks once and is gone before it trains anything. */
async function lookOnce(parts: Parameters<typeof testApp>[0]): Promise<void> {
  const app = testApp({ ...parts, ensureRuntime: () => new Promise(() => undefined) });
  await app.services.close(0);
}

async function interruptedRun() {
  const { parts } = await testHost('finish');
  const app = testApp({ ...parts, ensureRuntime: () => new Promise(() => undefined) });
  const { seed, ...spec } = exampleSpec();
  const { ids } = await app.ask('runs.start', { spec, seeds: [seed] });
  await app.services.close(0);
  const [id] = ids;
  return { parts, library: parts.library, id: id! };
}

test('A run whose process dies at the same step goes on three times and then says why not.', async () => {
  const { parts, library, id } = await interruptedRun();
  for (const turn of [1, 2, 3]) {
    dieWith(library, id, 6);
    expect(library.runs.get(id)).toMatchObject({
      status: 'interrupted',
      error: { code: 'process-ended' },
    });
    await lookOnce(parts);
    expect(library.runs.get(id), String(turn)).toMatchObject({ status: 'queued', error: null });
  }
  dieWith(library, id, 6);
  await lookOnce(parts);
  expect(library.runs.get(id)).toMatchObject({
    status: 'interrupted',
    error: { code: 'died-repeatedly', details: { step: 6 } },
  });
  expect(library.queue.list()).toEqual([]);
});

test('A run that gets further each time goes on for as long as it does.', async () => {
  const { parts, library, id } = await interruptedRun();
  for (const step of [1, 2, 3, 4, 5, 6]) {
    dieWith(library, id, step);
    await lookOnce(parts);
    expect(library.runs.get(id).status).toBe('queued');
  }
});

test('Where runs do not go on by themselves, the reason stays with the run.', async () => {
  const { parts, library, id } = await interruptedRun();
  library.settings.change(() => ({ resumeRuns: false }));
  dieWith(library, id, 6);
  await lookOnce(parts);
  expect(library.runs.get(id)).toMatchObject({
    status: 'interrupted',
    error: { code: 'process-ended' },
  });
});

test('What a killed command line leaves is written down with its reason.', async () => {
  const { library, id } = await interruptedRun();
  dieWith(library, id, 3);
  library.queue.remove(id);
  expect(library.runs.settleAbandoned()).toEqual([id]);
  expect(library.runs.get(id)).toMatchObject({
    status: 'interrupted',
    owner: null,
    error: { code: 'process-ended' },
  });
});
