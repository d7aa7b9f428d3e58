import fs from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { failure } from '../../shared/errors.ts';
import { ofRun, testApp, type TestApp } from './testing/app-fixture.ts';
import { exampleSpec, testHost } from './testing/host-fixtures.ts';

// Each test starts several processes, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const { seed: usualSeed, ...spec } = exampleSpec();

async function startOne(app: TestApp, seed = usualSeed): Promise<string> {
  const { ids } = await app.ask('runs.start', { spec, seeds: [seed] });
  return ids[0]!;
}

async function rowsOf(app: TestApp) {
  return (await app.ask('runs.list', {})).runs;
}

const isFinished = ({ status }: { status: string }) => status === 'finished';
const isWaitingAt6 = ({ status, step }: { status: string; step: number }) =>
  status === 'running' && step >= 5;

test('Seeds with their plain twins are one group, trained in order, one at a time.', async () => {
  const { parts, trainers } = await testHost('finish');
  const app = testApp(parts);
  const { ids } = await app.ask('runs.start', { spec, seeds: [1, 2], withPlainTwin: true });
  expect(ids).toHaveLength(4);
  const rows = await rowsOf(app);
  const inOrder = ids.map((id) => rows.find((row) => row.id === id)!);
  expect(inOrder.map(({ seed, name }) => [seed, name])).toEqual([
    [1, 'mini-basic-a'],
    [1, 'mini-basic-a (plain)'],
    [2, 'mini-basic-a'],
    [2, 'mini-basic-a (plain)'],
  ]);
  expect(new Set(inOrder.map(({ group }) => group)).size).toBe(1);
  const ended = await Promise.all(ids.map((id) => app.until(id, isFinished)));
  for (let i = 1; i < ended.length; i++) {
    expect(ended[i]!.startedAt! >= ended[i - 1]!.finishedAt!).toBe(true);
  }
  expect(ended[0]!.metrics['bestValAccuracy']).toBe(1);
  expect(ended[0]!.metrics['macs']).toBeGreaterThan(0);
  // Each is trained, and judged right after.
  expect(trainers).toHaveLength(8);
  const { mistakes } = await app.ask('runs.mistakes', { id: ids[0]! });
  expect(mistakes).toMatchObject({ step: 4, examples: 4, confusion: [1, 1, 0, 2] });
  expect(trainers).toHaveLength(8);
  expect(app.errors).toEqual([]);
});

test('A run is paused, the next one goes on meanwhile, and resuming puts it in front.', async () => {
  const { parts, perform } = await testHost('wait-at-6');
  const app = testApp(parts);
  const first = await startOne(app, 1);
  const second = await startOne(app, 2);
  const third = await startOne(app, 3);
  await app.until(first, isWaitingAt6);
  await app.ask('runs.pause', { ids: [first] });
  expect(await app.until(first, ({ status }) => status === 'paused')).toMatchObject({
    step: 6,
    checkpoints: { last: { step: 6 } },
  });
  await app.until(second, isWaitingAt6);
  await app.ask('runs.resume', { ids: [first] });
  const row = (id: string) => app.until(id, () => true);
  expect(await row(first)).toMatchObject({ status: 'queued', queuePosition: 0 });
  expect(await row(third)).toMatchObject({ status: 'queued', queuePosition: 1 });
  perform('finish');
  await app.ask('runs.stop', { ids: [second] });
  expect(await app.until(second, ({ status }) => status === 'interrupted')).toMatchObject({
    error: null,
  });
  const ended = await app.until(first, isFinished);
  expect(ended).toMatchObject({ step: 12 });
  const { series } = await app.ask('runs.series', { id: first, names: ['train/loss'] });
  expect([...series[0]!.steps]).toEqual(Array.from({ length: 12 }, (_, step) => step + 1));
  await app.until(third, isFinished);
});

test('A paused run can be stopped or cancelled for good, once, and resumed all the same.', async () => {
  const { parts, perform } = await testHost('wait-at-6');
  const app = testApp(parts);
  const trained = await startOne(app, 1);
  const waiting = await startOne(app, 2);
  await app.until(trained, isWaitingAt6);
  await app.ask('runs.pause', { ids: [waiting, trained] });
  await app.until(trained, ({ status }) => status === 'paused');
  await app.ask('runs.stop', { ids: [trained] });
  await app.ask('runs.cancel', { ids: [waiting] });
  for (const id of [trained, waiting]) {
    await app.until(id, ({ status }) => status === 'interrupted');
    await expect(app.ask('runs.stop', { ids: [id] })).rejects.toMatchObject({
      code: 'run-not-active',
    });
  }
  expect(parts.library.queue.list()).toEqual([]);
  perform('finish');
  await app.ask('runs.resume', { ids: [trained] });
  expect(await app.until(trained, isFinished)).toMatchObject({ step: 12 });
});

test('Waiting runs change places, are paused and cancelled without ever being trained.', async () => {
  const { parts, trainers } = await testHost('wait-at-6');
  const app = testApp(parts);
  const first = await startOne(app);
  const ids = [await startOne(app, 2), await startOne(app, 3), await startOne(app, 4)];
  await app.until(first, isWaitingAt6);
  const positions = async () => {
    const rows = await rowsOf(app);
    return ids.map((id) => rows.find((row) => row.id === id)!.queuePosition);
  };
  expect(await positions()).toEqual([0, 1, 2]);
  await app.ask('runs.move', { id: ids[2]!, position: 0 });
  expect(await positions()).toEqual([1, 2, 0]);
  await app.ask('runs.move', { id: ids[2]!, position: 99 });
  expect(await positions()).toEqual([0, 1, 2]);
  await app.ask('runs.pause', { ids: [ids[0]!] });
  await app.ask('runs.cancel', { ids: [ids[1]!] });
  expect(await positions()).toEqual([null, null, 0]);
  const statuses = (await rowsOf(app)).map(({ status }) => status).sort();
  expect(statuses).toEqual(['interrupted', 'paused', 'queued', 'running']);
  await expect(app.ask('runs.pause', { ids: [ids[1]!] })).rejects.toMatchObject({
    code: 'run-not-active',
  });
  expect(trainers).toHaveLength(1);
});

test('What was trained and what waited when the host closed goes on when it opens again.', async () => {
  const { parts, perform } = await testHost('wait-at-6');
  const before = testApp(parts);
  const first = await startOne(before, 1);
  const second = await startOne(before, 2);
  await before.until(first, isWaitingAt6);
  await before.services.close();
  expect(parts.library.runs.get(first)).toMatchObject({ status: 'interrupted', step: 6 });
  expect(parts.library.runs.get(second).status).toBe('queued');
  perform('finish');
  const after = testApp(parts);
  const ended = await after.until(first, isFinished);
  const next = await after.until(second, isFinished);
  expect(next.startedAt! >= ended.finishedAt!).toBe(true);
});

test('With the setting off, an interrupted run stays where it is.', async () => {
  const { parts, perform } = await testHost('wait-at-6');
  const before = testApp(parts);
  const first = await startOne(before);
  await before.until(first, isWaitingAt6);
  expect(await before.ask('app.changeSettings', { resumeRuns: false })).toMatchObject({
    resumeRuns: false,
    theme: 'system',
  });
  await before.services.close();
  perform('finish');
  const after = testApp(parts);
  const second = await startOne(after, 2);
  await after.until(second, isFinished);
  expect(parts.library.runs.get(first).status).toBe('interrupted');
});

test('A trainer killed from outside leaves a failed run that says so and can be resumed.', async () => {
  const { parts, trainers, perform } = await testHost('wait-at-6');
  const app = testApp(parts);
  const id = await startOne(app);
  await app.until(id, isWaitingAt6);
  process.kill(trainers[0]!.pid!, 'SIGKILL');
  const failed = await app.until(id, ({ status }) => status === 'failed');
  expect(failed.error).toMatchObject({ code: 'trainer-died' });
  expect(failed.error!.message).toMatch(/killed from outside.* Its last words: acting: wait-at-6$/);
  expect(failed.checkpoints.last).toMatchObject({ step: 4 });
  perform('finish');
  await app.ask('runs.resume', { ids: [id] });
  expect(await app.until(id, isFinished)).toMatchObject({ step: 12, error: null });
});

test('A trainer that dies of itself is quoted.', async () => {
  const { parts } = await testHost('crash');
  const app = testApp(parts);
  const id = await startOne(app);
  const failed = await app.until(id, ({ status }) => status === 'failed');
  expect(failed.error!.message).toContain('Error: the act is over');
  expect((await app.ask('runs.log', { id })).text).toContain('acting: crash');
});

test('Two hosts on one library see the same and control the same, and train nothing twice.', async () => {
  const { parts, trainers } = await testHost('wait-at-6');
  const one = testApp(parts);
  const other = testApp(parts);
  const first = await startOne(one, 1);
  const second = await startOne(other, 2);
  await other.until(first, isWaitingAt6);
  expect(trainers).toHaveLength(1);
  const { events } = other.follow('runs.events', {});
  await other.ask('runs.pause', { ids: [first] });
  await other.until(first, ({ status }) => status === 'paused');
  await one.until(second, isWaitingAt6);
  expect(trainers).toHaveLength(2);
  // The other host hears of it when it next looks at the library.
  await vi.waitFor(() => {
    expect(ofRun(events, second).map(({ kind }) => kind)).toContain('changed');
  });
  expect(one.services.activeRuns() + other.services.activeRuns()).toBe(1);
  await one.ask('runs.cancel', { ids: [second] });
  await other.until(second, ({ status }) => status === 'interrupted');
});

test('A run of a command line keeps its place and its device, and the queue waits for it.', async () => {
  const { parts, trainers, perform } = await testHost('wait-at-6');
  const { RunService } = await import('./run-service.ts');
  const commandLine = new RunService(parts);
  const app = testApp(parts);
  const { id: foreign, ended } = await new Promise<{ id: string; ended: Promise<unknown> }>(
    (resolve) => {
      const over = commandLine.start(exampleSpec(undefined, 9), {
        onEvent: (event) => {
          if (event.kind === 'created') resolve({ id: event.run.id, ended: over });
        },
      });
    },
  );
  await app.until(foreign, isWaitingAt6);
  const own = await startOne(app);
  await expect(app.ask('runs.delete', { ids: [foreign] })).rejects.toMatchObject({
    code: 'run-in-training',
  });
  expect((await rowsOf(app)).find(({ id }) => id === own)).toMatchObject({ status: 'queued' });
  expect(trainers).toHaveLength(1);
  perform('finish');
  commandLine.stop(foreign);
  await ended;
  await app.until(own, isFinished);
  expect(parts.library.runs.get(foreign).status).toBe('interrupted');
});

test('A waiting run that a command line goes on with leaves the queue.', async () => {
  const { parts, trainers, perform } = await testHost('wait-at-6');
  const { RunService } = await import('./run-service.ts');
  const app = testApp(parts);
  const first = await startOne(app, 1);
  const second = await startOne(app, 2);
  await app.until(first, isWaitingAt6);
  perform('finish');
  await new RunService(parts).resume(second);
  expect(await app.until(second, isFinished)).toMatchObject({ step: 12 });
  await app.ask('runs.stop', { ids: [first] });
  await app.until(first, ({ status }) => status === 'interrupted');
  const third = await startOne(app, 3);
  await app.until(third, isFinished);
  expect(parts.library.runs.get(second).status).toBe('finished');
  expect(parts.library.queue.list()).toEqual([]);
  // Three trainings, and the mistakes of the run that this host finished.
  expect(trainers.length).toBeLessThanOrEqual(4);
});

test('Deleted runs leave queue and list, come back when that is undone, and are told of.', async () => {
  const { parts } = await testHost('wait-at-6');
  const app = testApp(parts);
  const first = await startOne(app, 1);
  const second = await startOne(app, 2);
  await app.until(first, isWaitingAt6);
  const { events } = app.follow('runs.events', {});
  await app.ask('runs.delete', { ids: [second] });
  expect((await rowsOf(app)).map(({ id }) => id)).toEqual([first]);
  expect(ofRun(events, second)).toContainEqual({ kind: 'removed', id: second });
  const { runs } = await app.ask('runs.list', { includeDeleted: true });
  expect(runs.find(({ id }) => id === second)!.deletedAt).not.toBeNull();
  await app.ask('runs.restore', { ids: [second] });
  expect((await rowsOf(app)).find(({ id }) => id === second)).toMatchObject({
    status: 'interrupted',
    queuePosition: null,
  });
});

test('Retrying makes a new run under the same spec; notes and tags can be changed.', async () => {
  const { parts } = await testHost('finish');
  const app = testApp(parts);
  const id = await startOne(app, 5);
  await app.until(id, isFinished);
  const { ids } = await app.ask('runs.retry', { ids: [id] });
  expect(await app.until(ids[0]!, isFinished)).toMatchObject({ seed: 5 });
  const changed = await app.ask('runs.change', { id, notes: 'good', tags: ['a', 'a', 'b'] });
  expect(changed).toMatchObject({ notes: 'good', tags: ['a', 'b'] });
  const detail = await app.ask('runs.get', { id });
  expect(detail).toMatchObject({ data: { name: 'shapes' }, prepared: { totalSteps: 12 } });
});

test('What can never fit is refused with the numbers before a run is made.', async () => {
  const { parts } = await testHost('finish');
  const app = testApp(parts);
  const huge = { ...spec, recipe: { ...spec.recipe, batch: 65_536 } };
  huge.architecture = { ...huge.architecture, widthMultiplier: 64 };
  const refused = app.ask('runs.start', { spec: huge, seeds: [1] });
  await expect(refused).rejects.toMatchObject({ code: 'needs-memory', fault: 'input' });
  await expect(refused).rejects.toThrow(/needs about .* [GT]iB of memory \(TensorFlow /);
  expect(await rowsOf(app)).toEqual([]);
});

test('Without the native library the run in turn fails with the reason, and the others wait.', async () => {
  const { parts } = await testHost('finish');
  let isThere = false;
  const app = testApp({
    ...parts,
    ensureRuntime: (options) =>
      isThere
        ? parts.ensureRuntime(options)
        : Promise.reject(failure('no-python', 'There is no Python; install it.')),
  });
  const first = await startOne(app, 1);
  const failed = await app.until(first, ({ status }) => status === 'failed');
  expect(failed.error).toMatchObject({ code: 'no-python' });
  isThere = true;
  const second = await startOne(app, 2);
  await app.until(second, isFinished);
});

test('Settings and presets are kept in the library; views are merged key by key.', async () => {
  const { parts } = await testHost('finish');
  const app = testApp(parts);
  await app.ask('app.changeSettings', { theme: 'dark', views: { runs: { columns: ['lr'] } } });
  await app.ask('app.changeSettings', { views: { run: 1 }, later: true });
  expect(await app.ask('app.settings', {})).toEqual({
    theme: 'dark',
    views: { runs: { columns: ['lr'] }, run: 1 },
    resumeRuns: true,
    later: true,
  });
  await expect(app.ask('app.changeSettings', { theme: 'pink' })).rejects.toMatchObject({
    code: 'bad-setting',
  });
  await app.ask('presets.save', { name: 'Mine', spec: { a: 1 } });
  await app.ask('presets.save', { name: 'Mine', spec: { a: 2 } });
  expect((await app.ask('presets.list', {})).presets).toMatchObject([
    { name: 'Mine', spec: { a: 2 } },
  ]);
  await app.ask('presets.delete', { name: 'Mine' });
  expect((await app.ask('presets.list', {})).presets).toEqual([]);
});

test('The system state comes at once and the app knows its library.', async () => {
  const { parts } = await testHost('finish');
  const app = testApp(parts);
  const state = app.follow('app.state', {});
  const info = await app.ask('app.info', {});
  expect(info).toMatchObject({ libraryFolder: parts.library.folder, platform: process.platform });
  const before = await app.ask('app.librarySize', {});
  fs.writeFileSync(path.join(parts.library.folder, 'runs', 'more'), Buffer.alloc(10_000_000));
  // SQLite's own files come and go meanwhile.
  const after = await app.ask('app.librarySize', {});
  expect(after.sizeBytes).toBeGreaterThan(before.sizeBytes + 9_000_000);
  await expect.poll(() => state.events.length).toBeGreaterThan(0);
  expect(state.events[0]).toMatchObject({ running: 0, waiting: 0, trainers: [] });
});

test('Architectures are listed and outlined; a wrong spec says where.', async () => {
  const { parts } = await testHost('finish');
  const app = testApp(parts);
  const { architectures } = await app.ask('zoo.list', {});
  const resnet20 = architectures.find(({ name }) => name === 'resnet20')!;
  expect(resnet20).toMatchObject({ parameters: 269_722, depth: 20 });
  const { outline } = await app.ask('zoo.outline', {
    spec: resnet20.spec,
    input: { height: 32, width: 32, channels: 3 },
    classes: 10,
  });
  expect(outline.blocks).toHaveLength(9);
  expect(outline.blocks[3]).toMatchObject({ branch: '3×3 32 → 3×3 32', shortcut: 'pad' });
  expect(outline.blocks.reduce((sum, { macs }) => sum + macs, 0)).toBeLessThan(outline.macs);
  await expect(
    app.ask('zoo.outline', {
      spec: { ...resnet20.spec, shortcut: 'E' },
      input: { height: 32, width: 32, channels: 3 },
      classes: 10,
    }),
  ).rejects.toMatchObject({ code: 'bad-architecture', path: 'shortcut' });
});

test('A run that ends while the library is away is seen as ended when it is back, and goes on.', async () => {
  const { parts, perform } = await testHost('wait-at-6');
  const app = testApp(parts);
  const id = await startOne(app);
  await app.until(id, isWaitingAt6);
  const { folder } = parts.library;
  fs.renameSync(folder, `${folder}-away`);
  for (const asked of [app.ask('runs.stop', { ids: [id] }), app.ask('runs.list', {})]) {
    await expect(asked).rejects.toMatchObject({ code: 'library-gone' });
  }
  await expect.poll(() => app.services.activeRuns()).toBe(0);
  fs.renameSync(`${folder}-away`, folder);
  await expect
    .poll(() => parts.library.runs.get(id))
    .toMatchObject({ status: 'failed', owner: null });
  perform('finish');
  await app.ask('runs.resume', { ids: [id] });
  expect(await app.until(id, isFinished)).toMatchObject({ step: 12, error: null });
});

test('What can be deleted is, and a run in training is named with the reason.', async () => {
  const { parts } = await testHost('wait-at-6');
  const app = testApp(parts);
  const ids = [await startOne(app, 1), await startOne(app, 2)];
  await app.until(ids[0]!, isWaitingAt6);
  const { failed } = await app.ask('runs.delete', { ids });
  expect(failed).toMatchObject([
    { id: ids[0], name: 'mini-basic-a', error: { code: 'run-in-training' } },
  ]);
  expect((await rowsOf(app)).map(({ id }) => id)).toEqual([ids[0]]);
  await expect(app.ask('runs.delete', { ids: [ids[0]!] })).rejects.toMatchObject({
    code: 'run-in-training',
  });
});

test.each([
  ['runs.pause', 'paused'],
  ['runs.stop', 'interrupted'],
  ['runs.cancel', 'interrupted'],
] as const)('%s reaches a run that a terminal trains', async (call, status) => {
  const { parts, perform } = await testHost('wait-at-6');
  const app = testApp(parts);
  const { RunService } = await import('./run-service.ts');
  const ended = new RunService(parts).start(exampleSpec(undefined, 9));
  await vi.waitFor(() => expect(parts.library.runs.list().total).toBe(1));
  const { id } = parts.library.runs.list().runs[0]!;
  await app.until(id, isWaitingAt6);
  expect(await app.ask(call, { ids: [id] })).toEqual({ failed: [] });
  expect(await ended).toMatchObject({ status, owner: null, error: null });
  // What was asked for once is no wish of the next training.
  perform('finish');
  await app.ask('runs.resume', { ids: [id] });
  expect(await app.until(id, isFinished)).toMatchObject({ step: 12 });
});

test('The trash lists deleted runs with their sizes, and emptying it frees the disk.', async () => {
  const { parts } = await testHost('finish');
  const app = testApp(parts);
  const ids = [await startOne(app, 1), await startOne(app, 2), await startOne(app, 3)];
  for (const id of ids) await app.until(id, isFinished);
  const [first, second, kept] = ids as [string, string, string];
  const folder = parts.library.runFolder(first);
  fs.mkdirSync(path.join(folder, 'more'));
  fs.writeFileSync(path.join(folder, 'more', 'weights'), Buffer.alloc(5000));
  const sizeOf = async (id: string) =>
    (await app.ask('runs.trash', {})).runs.find(({ run }) => run.id === id)?.sizeBytes;
  expect(await sizeOf(first)).toBeUndefined();
  await app.ask('runs.delete', { ids: [first] });
  await app.ask('runs.delete', { ids: [second] });
  expect((await app.ask('runs.trash', {})).runs.map(({ run }) => run.id)).toEqual([second, first]);
  const sizeBytes = await sizeOf(first);
  expect(sizeBytes).toBeGreaterThan(5000);
  await app.ask('runs.restore', { ids: [second] });
  expect(await sizeOf(second)).toBeUndefined();
  // What is not in the trash stays.
  const { failed, freedBytes } = await app.ask('runs.purge', { ids: [first, kept] });
  expect(failed).toMatchObject([{ id: kept, error: { code: 'run-not-deleted' } }]);
  expect(freedBytes).toBe(sizeBytes);
  expect(fs.existsSync(folder)).toBe(false);
  expect((await rowsOf(app)).map(({ id }) => id).sort()).toEqual([kept, second].sort());
});

test('Several runs are changed in one call, and each that refuses is named.', async () => {
  const { parts } = await testHost('finish');
  const app = testApp(parts);
  const ids = [await startOne(app, 1), await startOne(app, 2)];
  const [first, second] = ids as [string, string];
  const { failed } = await app.ask('runs.changeMany', {
    changes: [
      { id: first, name: ' one ', group: ' both ', tags: ['a'], notes: 'n' },
      { id: second, name: ' ', group: 'both' },
      { id: 'r-gone', name: 'x' },
    ],
  });
  expect(failed).toMatchObject([
    { id: second, error: { code: 'no-name' } },
    { id: 'r-gone', error: { code: 'no-such-run' } },
  ]);
  const rows = await rowsOf(app);
  expect(rows.find(({ id }) => id === first)).toMatchObject({
    ...{ name: 'one', group: 'both', tags: ['a'], notes: 'n' },
  });
  expect(rows.find(({ id }) => id === second)).toMatchObject({ group: null });
  await app.ask('runs.change', { id: first, group: null });
  expect((await app.ask('runs.get', { id: first })).group).toBeNull();
  const { specs } = await app.ask('runs.specs', { ids: [first, 'r-gone'] });
  expect(specs.map(({ id, spec }) => [id, spec.seed])).toEqual([[first, 1]]);
});
