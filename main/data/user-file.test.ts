import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import { type Stats } from 'node:fs';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { openDataset } from './open.ts';
import { createWorkspace, type Workspace } from './testing/fixtures.ts';
import { requireUserFile, statUserPath } from './user-file.ts';

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => space.remove());

test.skipIf(process.platform === 'win32')(
  'Pipes, devices and sockets are refused before they are opened, as datasets too.',
  async () => {
    const pipe = space.path('data.zip');
    execFileSync('mkfifo', [pipe]);
    const socket = space.path('socket');
    const server = createServer().listen(socket);
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    for (const path of [pipe, socket, '/dev/zero', '/dev/null']) {
      await expect(requireUserFile(path, 'recipe')).rejects.toMatchObject({ code: 'not-a-file' });
      const opened = openDataset({ source: path, cacheFolder: space.cache });
      await expect(opened).rejects.toMatchObject({ code: 'not-a-file', fault: 'input' });
    }
  },
);

test('Folders, empty files and files over the limit are refused as files.', async () => {
  space.write({ empty: '', long: 'x'.repeat(100) });
  const code = (path: string, most?: number) =>
    expect(requireUserFile(path, 'recipe', most)).rejects.toMatchObject;
  await code(space.root)({ code: 'not-a-file' });
  await code(space.path('empty'))({ code: 'empty-file' });
  await code(space.path('long'), 99)({ code: 'too-large' });
  await code(space.path('none'))({ code: 'not-found' });
  expect((await requireUserFile(space.path('long'), 'recipe', 100)).size).toBe(100);
});

test('A place that does not answer is given up, and not asked again until it has answered.', async () => {
  const answers: ((stats: Stats) => void)[] = [];
  let asked = 0;
  const ask = (): Promise<Stats> => {
    asked++;
    return new Promise((resolve) => answers.push(resolve));
  };
  const silent = { code: 'no-answer' };
  await expect(statUserPath('/mnt/gone/a', 'dataset', { ask, withinMs: 5 })).rejects.toMatchObject(
    silent,
  );
  await expect(statUserPath('/mnt/gone/b', 'dataset', { ask, withinMs: 5 })).rejects.toMatchObject(
    silent,
  );
  expect(asked).toBe(1);
  const elsewhere = await statUserPath(space.root, 'dataset');
  expect(elsewhere.isDirectory()).toBe(true);
  answers[0]?.(elsewhere);
  await Promise.resolve();
  await Promise.resolve();
  const again = statUserPath('/mnt/gone/b', 'dataset', { ask: () => Promise.resolve(elsewhere) });
  expect((await again).isDirectory()).toBe(true);
});
