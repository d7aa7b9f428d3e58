// A reader that answers, one that never does, one that nobody waits for, and one that dies.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { bundle, watchDecoders } from '../decoding/testing/watched-decoders.ts';
import { openDataset } from '../open.ts';
import { createWorkspace, noisePng, type Workspace } from '../testing/fixtures.ts';
import { openDatasetOutside, readCurvesOutside } from './read-outside.ts';
import { askReader, type Reading } from './reader-process.ts';

vi.setConfig({ testTimeout: 60_000 });

let space: Workspace;
let program: string;
beforeEach(async () => {
  space = createWorkspace();
  await watchDecoders();
  program = await bundle('../../reading/main.ts', space.path('bundle/reader.mjs'));
  space.write({ 'data/a/1.png': noisePng(8, 1), 'data/b/1.png': noisePng(8, 2) });
});
afterEach(() => space.remove());

/** Opens the workspace's data in a process to which something is done before it can answer. */
function ask(options: Partial<Reading>): Promise<unknown> {
  const opening = { source: space.path('data'), cacheFolder: space.cache };
  return askReader({ program, source: opening.source, ...options }, (client, listening) =>
    client.perform('prepare', opening, listening),
  );
}

function sends(signal: NodeJS.Signals, pids: number[] = []): Pick<Reading, 'onStart'> {
  return {
    onStart: (pid) => {
      pids.push(pid);
      process.kill(pid, signal);
    },
  };
}

test('A dataset that was read in another process is the same, and so is what is wrong with one.', async () => {
  const options = { source: space.path('data'), cacheFolder: space.cache };
  const stages = new Set<string>();
  const outside = await openDatasetOutside(
    { ...options, onProgress: ({ stage }) => void stages.add(stage) },
    program,
  );
  const here = await openDataset({ ...options, cacheFolder: space.path('other cache') });
  const facts = ({ name, fingerprint, classes, splits, layout }: typeof here) => ({
    ...{ name, fingerprint, classes, layout },
    files: splits.train.sourceOf(0),
    labels: splits.train.labels,
  });
  expect(facts(outside)).toEqual(facts(here));
  expect(stages).toContain('decode');
  await Promise.all([outside.close(), here.close()]);
  mkdirSync(space.path('empty'));
  const empty = { source: space.path('empty'), cacheFolder: space.cache };
  const refused = (await openDataset(empty).catch((error: unknown) => error)) as Error;
  await expect(openDatasetOutside(empty, program)).rejects.toMatchObject({
    ...{ code: 'no-images', message: refused.message },
  });
});

test('Curves of other trackers are read in another process: files with their bytes, and why not.', async () => {
  space.write({ 'curves/a.csv': 'step,loss\n1,2\n', 'curves/b/notes.txt': 'x' });
  const { root, files, notUsed } = await readCurvesOutside(space.path('curves'), program);
  expect({ root, notUsed }).toEqual({
    root: space.path('curves'),
    notUsed: [{ name: path.join('b', 'notes.txt'), reason: 'neither event file nor CSV' }],
  });
  expect(files.map(({ kind, bytes }) => [kind, Buffer.from(bytes).toString()])).toEqual([
    ['table', 'step,loss\n1,2\n'],
  ]);
  const refused = readCurvesOutside(space.path('curves/b/notes.txt'), program);
  await expect(refused).rejects.toMatchObject({ code: 'no-curves' });
});

test.skipIf(process.platform === 'win32')(
  'A reader that waits for a file for ever is ended, and a sentence says where to look.',
  async () => {
    const pids: number[] = [];
    await expect(ask({ ...sends('SIGSTOP', pids), silenceSeconds: 2 })).rejects.toMatchObject({
      code: 'no-answer',
      fault: 'failure',
      message: `${space.path('data')} stopped answering. Is a folder or a link in it on a network drive whose server is gone, or on a disk that sleeps? Take it out of the dataset, or try again when it is back.`,
    });
    await vi.waitUntil(() => !isRunning(pids[0] ?? 0), { timeout: 10_000 });
  },
);

test.skipIf(process.platform === 'win32')(
  'A reader that does not even answer to its cancelling is ended too.',
  async () => {
    const cancelling = new AbortController();
    const asked = ask({ ...sends('SIGSTOP'), signal: cancelling.signal });
    cancelling.abort();
    await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
  },
);

test('A reader that dies is told as such.', async () => {
  await expect(ask(sends('SIGKILL'))).rejects.toMatchObject({
    code: 'reader-failed',
    message: expect.stringContaining('ended (SIGKILL)') as string,
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
