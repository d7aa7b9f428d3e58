// A checker process that answers, one that nobody waits for any more, and one that dies.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, expect, test, vi } from 'vitest';
import type { Progress } from '../../../shared/contract/app/common.ts';
import { openLibrary } from '../../store/library.ts';
import { temporaryFolder } from '../testing/host-fixtures.ts';
import { checkDatabaseOutside, checkLibraryOutside } from './check-outside.ts';
import { checkFolder } from './check-whole.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const projectFolder = fileURLToPath(new URL('../../..', import.meta.url));
let program: string;
beforeAll(async () => {
  // Beside the sources: packages are found from where it lies.
  const folder = path.join(projectFolder, 'dist', `.test-checker-${process.pid}`);
  program = path.join(folder, 'checker.js');
  await build({
    entryPoints: [fileURLToPath(new URL('./main.ts', import.meta.url))],
    ...{ outfile: program, bundle: true, platform: 'node', format: 'esm', packages: 'external' },
    ...{ target: 'node20.19', logLevel: 'silent' },
  });
  return () => fs.rmSync(folder, { recursive: true, force: true });
});

function libraryOf(runs: number): string {
  const home = temporaryFolder();
  const library = openLibrary(home);
  for (let i = 0; i < runs; i++) {
    library.runs.create({
      ...{ name: `run ${i}`, architecture: 'plain20', seed: i, spec: {}, dataName: 'shapes' },
      ...{ totalSteps: 9, dataFingerprint: 'f', classCount: 2, codeVersion: '1' },
    });
  }
  library.close();
  return home;
}

test('A check in another process finds what one here finds, and tells how far it is.', async () => {
  const home = libraryOf(3);
  fs.mkdirSync(path.join(home, 'runs', 'r-lost'), { recursive: true });
  const told: Progress[] = [];
  const outside = await checkLibraryOutside(home, {
    program,
    onProgress: (progress) => void told.push(progress),
  });
  expect(outside).toMatchObject({ runs: 3, database: [] });
  expect(outside).toEqual(await checkFolder(home, { onProgress: () => undefined }));
  expect(told[0]).toEqual({ message: 'Reading the database' });
  expect(await checkDatabaseOutside(path.join(home, 'library.db'), 'full', { program })).toEqual(
    [],
  );
  const none = path.join(home, 'notes.txt');
  fs.writeFileSync(none, 'no database, but as long as the header of one is: 100 bytes'.repeat(20));
  expect(await checkDatabaseOutside(none, 'quick', { program })).toEqual([
    expect.stringContaining('not a database'),
  ]);
});

test('Given up, it ends at once, and nothing is answered.', async () => {
  const stop = new AbortController();
  const checking = checkLibraryOutside(libraryOf(1), {
    ...{ program, signal: stop.signal, onProgress: () => undefined },
  });
  stop.abort(new Error('given up'));
  await expect(checking).rejects.toThrow('given up');
});

test('A checker that dies is a failure that says how.', async () => {
  const dying = path.join(path.dirname(program), 'dying.js');
  fs.writeFileSync(dying, 'process.kill(process.pid, "SIGKILL");');
  await expect(
    checkDatabaseOutside(path.join(libraryOf(1), 'library.db'), 'quick', { program: dying }),
  ).rejects.toMatchObject({
    code: 'checker-failed',
    message: expect.stringContaining('SIGKILL') as string,
  });
});
