import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
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

function copyOf(template: string): string {
  const folder = temporaryFolder();
  fs.cpSync(template, folder, { recursive: true });
  return folder;
}

test(
  'a kill before any single change to the file system leaves the old or the new state, whole',
  async () => {
    const template = temporaryFolder();
    const library = openLibrary(template);
    const { id } = library.runs.create(exampleRun());
    library.series.append(id, [exampleBatch('train/loss', 1, 30)]);
    library.close();
    const script = bundleScript('append-and-die');
    const outcomes = { old: 0, new: 0, rolledBack: 0 };

    const args = (folder: string, dieAt: number): string[] => [folder, id, `${dieAt}`, '31', '40'];
    const rehearsal = startScript(script, args(copyOf(template), 0));
    expect(await rehearsal.ended).toBe(0);
    const changeCount = Number(rehearsal.output());

    const attempt = async (dieAt: number): Promise<void> => {
      const folder = copyOf(template);
      expect(await startScript(script, args(folder, dieAt)).ended).toBe('SIGKILL');
      const journal = fs.statSync(path.join(folder, 'library.db-journal'), {
        throwIfNoEntry: false,
      });
      if ((journal?.size ?? 0) > 0) outcomes.rolledBack++;
      const after = openLibrary(folder);
      const last = after.runs.get(id).step === 0 ? 30 : 40;
      const { steps } = after.series.read(id, 'train/loss')!;
      expect([...steps]).toEqual(Array.from({ length: last }, (_, i) => i + 1));
      expect(after.check()).toEqual([]);
      outcomes[last === 30 ? 'old' : 'new']++;
      // And it can be written again.
      after.series.append(id, [exampleBatch('train/loss', last + 1, last + 10)]);
      after.close();
    };
    for (let dieAt = 1; dieAt < changeCount; dieAt += 2) {
      await Promise.all([attempt(dieAt), attempt(dieAt + 1)]);
    }
    expect(outcomes.old).toBeGreaterThan(5);
    expect(outcomes.new).toBeGreaterThan(0);
    expect(outcomes.rolledBack).toBeGreaterThan(3);
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
      library.together(() => library.runs.update(id, { step: library.runs.get(id).step + 1 }));
    }
    for (const child of children) expect(await child.ended).toBe(0);
    expect(library.runs.get(id).step).toBe(120);
    expect(library.check()).toEqual([]);
  },
  timeoutMs,
);

test(
  'a living owner of the lock is waited for and named, a killed one is cleared away, and its run is interrupted',
  async () => {
    const folder = temporaryFolder();
    const library = openLibrary(folder, { busyTimeoutMs: 150 });
    const { id } = library.runs.create(exampleRun());
    const child = startScript(bundleScript('hold-lock'), [folder, id]);
    await child.lines(1);

    expect(() => library.runs.get(id)).toThrow(
      new RegExp(`^Process ${child.process.pid!} on .* has been using the library for too long`),
    );
    expect(fs.existsSync(path.join(folder, 'library.db.lock'))).toBe(true);

    child.process.kill('SIGKILL');
    await child.ended;
    const run = library.runs.get(id);
    expect(run).toMatchObject({ status: 'interrupted', owner: null, step: 0 });
    expect(library.runs.list({ status: ['running'] }).total).toBe(0);
    expect(library.runs.list({ status: ['interrupted'] }).runs.map((one) => one.id)).toEqual([id]);
    expect(library.runs.settleAbandoned()).toEqual([id]);
    expect(library.runs.settleAbandoned()).toEqual([]);
    expect(library.runs.claim(id)).toMatchObject({
      status: 'running',
      owner: { pid: process.pid },
    });
    expect(fs.readdirSync(path.join(folder, 'locks'))).toEqual([]);
    library.close();
  },
  timeoutMs,
);
