import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { toErrorDocument } from '../../shared/errors.ts';
import { createRng } from '../../shared/rng.ts';
import { openLibrary } from './library.ts';
import { bundleScript, startScript } from './testing/child-process.ts';
import {
  exampleBatch,
  exampleRun,
  temporaryFolder,
  temporaryLibrary,
} from './testing/temporary-folder.ts';

const timeoutMs = 60_000;

test(
  'everything acknowledged before a kill at a random moment is there afterwards, twelve times over',
  async () => {
    const library = temporaryLibrary();
    const { id } = library.runs.create(exampleRun());
    const script = bundleScript('append-forever');
    const rng = createRng('crash-safety', 1);
    let next = 1;
    for (let round = 0; round < 12; round++) {
      const child = startScript(script, [library.folder, id, String(next)]);
      await child.lines(1 + rng.below(10));
      // A moment that isn't tied to the acknowledgement: most likely inside the next write.
      const untilMs = performance.now() + 4 * rng.uniform();
      while (performance.now() < untilMs);
      child.process.kill('SIGKILL');
      expect(await child.ended).toBe('SIGKILL');
      const acknowledged = Number(child.output().trimEnd().split('\n').at(-1));

      const loss = library.series.read(id, 'train/loss')!;
      const norms = library.series.read(id, 'block/gradient-norm')!;
      const last = loss.steps.at(-1)!;
      expect(last).toBeGreaterThanOrEqual(acknowledged);
      expect(last).toBeLessThanOrEqual(acknowledged + 1);
      expect([...loss.steps]).toEqual(Array.from({ length: last }, (_, i) => i + 1));
      expect(loss.values.every((value, i) => value === i + 1.5)).toBe(true);
      expect(norms.steps.length).toBe(last);
      expect(library.runs.get(id).step).toBeGreaterThanOrEqual(acknowledged);
      expect(library.check()).toEqual([]);
      next = last + 1;
    }
  },
  timeoutMs,
);

test('a library that a killed process of version 0.1 left behind opens, and its half-done change is undone', () => {
  const folder = temporaryFolder();
  for (const name of ['library.db', 'library.db-journal']) {
    const packed = new URL(`fixtures/killed-0.1-${name}.gz`, import.meta.url);
    fs.writeFileSync(path.join(folder, name), gunzipSync(fs.readFileSync(packed)));
  }
  // What that version's locks left there.
  fs.mkdirSync(path.join(folder, 'library.db.lock'));
  fs.mkdirSync(path.join(folder, 'locks'));
  fs.writeFileSync(path.join(folder, 'locks', 'claim@12093@vm@0_0_0@46aab4c4'), '');

  const library = temporaryLibrary(folder);
  expect(library.check()).toEqual([]);
  expect(library.runs.get('r-1r4m9m3x-9m27')).toMatchObject({ status: 'finished', step: 3000 });
  expect(library.series.read('r-1r4m9m3x-9m27', 'train/loss')?.values[2999]).toBe(3000.5);
  // The killed process was writing steps 31 to 4000.
  expect(library.runs.get('r-1r4m9m66-8p6h').step).toBe(30);
  expect(library.series.read('r-1r4m9m66-8p6h', 'train/loss')?.steps.length).toBe(30);
  expect(library.queue.list().map(({ id }) => id)).toEqual(['r-1r4m9m66-8p6h']);
  expect(library.settings.readAll()).toMatchObject({ theme: 'dark' });
  expect(fs.existsSync(path.join(folder, 'locks'))).toBe(false);
  expect(fs.existsSync(path.join(folder, 'library.db.lock'))).toBe(false);
});

test.skipIf(process.platform === 'win32')(
  'a write that the file system refuses loses only that write, and later ones succeed',
  async () => {
    const folder = temporaryFolder();
    const library = openLibrary(folder);
    const { id } = library.runs.create(exampleRun());
    library.close();
    // The system lets no file grow beyond 600 blocks of 1 KiB, and says so instead of ending the process.
    const limited = startScript(bundleScript('append-until-full'), [folder, id], {
      throughShell: 'trap "" XFSZ; ulimit -f 600; exec "$0" "$@"',
    });
    expect(await limited.ended).toBe(0);
    const [saved = '', code] = limited.output().trim().split(' ');
    expect(code).toBe('library-io');
    expect(Number(saved)).toBeGreaterThan(0);
    const after = temporaryLibrary(folder);
    expect(after.check()).toEqual([]);
    expect(after.series.read(id, 'train/loss')?.steps.length).toBe(Number(saved));
    after.series.append(id, [exampleBatch('train/loss', Number(saved) + 1, Number(saved) + 10)]);
    expect(after.series.read(id, 'train/loss')?.steps.length).toBe(Number(saved) + 10);
  },
  timeoutMs,
);

test(
  'processes that read and write at the same time lose none of their changes',
  async () => {
    const library = temporaryLibrary();
    const { id } = library.runs.create(exampleRun());
    const script = bundleScript('increment');
    const children = [1, 2].map(() => startScript(script, [library.folder, id, '40']));
    for (let i = 0; i < 40; i++) {
      library.transaction(() => library.runs.update(id, { step: library.runs.get(id).step + 1 }));
    }
    for (const child of children) expect(await child.ended).toBe(0);
    expect(library.runs.get(id).step).toBe(120);
    expect(library.check()).toEqual([]);
  },
  timeoutMs,
);

test(
  'a living writer blocks other writers but no reader; a killed one blocks nobody, and its run is interrupted',
  async () => {
    const folder = temporaryFolder();
    const library = openLibrary(folder, { busyTimeoutMs: 150 });
    const { id } = library.runs.create(exampleRun());
    const child = startScript(bundleScript('hold-transaction'), [folder, id]);
    await child.lines(1);

    expect(library.runs.get(id)).toMatchObject({ status: 'running', step: 0 });
    expect(codeOf(() => library.runs.update(id, { step: 1 }))).toBe('library-busy');

    child.process.kill('SIGKILL');
    await child.ended;
    expect(library.runs.get(id)).toMatchObject({ status: 'interrupted', owner: null, step: 0 });
    expect(library.runs.list({ status: ['running'] }).total).toBe(0);
    expect(library.runs.list({ status: ['interrupted'] }).runs.map((one) => one.id)).toEqual([id]);
    expect(library.runs.settleAbandoned()).toEqual([id]);
    expect(library.runs.settleAbandoned()).toEqual([]);
    expect(library.runs.claim(id)).toMatchObject({
      status: 'running',
      owner: { pid: process.pid },
    });
    expect(library.check()).toEqual([]);
    library.close();
  },
  timeoutMs,
);

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return toErrorDocument(error).code;
  }
  throw new Error('Nothing was thrown.');
}
