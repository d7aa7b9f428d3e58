import { expect, test } from 'vitest';
import type { RunEvent, RunRow } from '../../shared/contract/app/runs.ts';
import type { Host } from '../client/host.ts';
import { LivePace } from './live-pace.ts';
import { RunsStore } from './runs.svelte.ts';
import { SettingsStore } from './settings.svelte.ts';
import { HandClock } from './testing/hand-clock.ts';

function row(id: string, change: Partial<RunRow> = {}): RunRow {
  return {
    ...{ id, name: id, group: null, architecture: 'resnet20', seed: 0, status: 'queued' },
    ...{ createdAt: `2026-01-01T00:00:0${id.length}Z`, startedAt: null, finishedAt: null },
    ...{ dataName: 'shapes', dataFingerprint: 'f', classCount: 10, codeVersion: '1' },
    ...{ step: 0, totalSteps: 100, epoch: 0, elapsedMs: 0, metrics: {}, checkpoints: {} },
    ...{ error: null, notes: '', tags: [], queuePosition: null },
    ...change,
  };
}

async function prepare(listed: RunRow[]) {
  let send: (event: RunEvent) => void = () => undefined;
  const host = {
    call: (name: string) =>
      Promise.resolve(name === 'runs.list' ? { runs: listed } : { theme: 'system', views: {} }),
    subscribe: (_: string, __: object, listener: { onEvent: typeof send }) => {
      send = listener.onEvent;
      return () => undefined;
    },
  } as unknown as Host;
  const storage = { getItem: () => null, setItem: () => undefined } as unknown as Storage;
  const settings = new SettingsStore({ host, storage, onError: () => undefined });
  const clock = new HandClock();
  const runs = new RunsStore({ host, settings, pace: new LivePace(clock) });
  runs.start(() => undefined);
  await runs.load();
  return { runs, clock, send: (event: RunEvent) => send(event) };
}

test('runs are listed newest first and a new one stands at the top', async () => {
  const { runs, send } = await prepare([row('a'), row('bbb')]);
  expect(runs.rows.map((run) => run.id)).toEqual(['bbb', 'a']);
  send({ kind: 'changed', run: row('cccc') });
  expect(runs.rows.map((run) => run.id)).toEqual(['cccc', 'bbb', 'a']);
  send({ kind: 'removed', id: 'bbb' });
  expect(runs.find('bbb')).toBeUndefined();
});

test('the queue is in its own order', async () => {
  const { runs } = await prepare([
    row('a', { queuePosition: 1 }),
    row('bb', { queuePosition: 0 }),
    row('ccc', { status: 'running' }),
  ]);
  expect(runs.queue.map((run) => run.id)).toEqual(['bb', 'a']);
  expect(runs.running.map((run) => run.id)).toEqual(['ccc']);
});

const progress = {
  ...{ step: 5, totalSteps: 100, epoch: 0.1, loss: 2, accuracy: 0.1, rate: 0.1 },
  ...{ imagesPerSecond: 10, elapsedMs: 1, remainingMs: 2 },
};

test('progress is known while a run runs, not afterwards', async () => {
  const { runs, send, clock } = await prepare([row('a', { status: 'running' })]);
  send({ kind: 'progress', id: 'a', progress });
  await clock.pass(0);
  expect(runs.progressOf('a')?.step).toBe(5);
  send({ kind: 'changed', run: row('a', { status: 'finished' }) });
  expect(runs.progressOf('a')).toBeUndefined();
});

test('a run that goes on is shown at the pace of the page; its end at once, and nothing older after it', async () => {
  const { runs, send, clock } = await prepare([row('a', { status: 'running' })]);
  const heard: string[] = [];
  runs.onEvent((event) => heard.push(event.kind));
  send({ kind: 'changed', run: row('a', { status: 'running', step: 1 }) });
  await clock.pass(0);
  send({ kind: 'changed', run: row('a', { status: 'running', step: 2 }) });
  send({ kind: 'progress', id: 'a', progress });
  expect(runs.find('a')?.step).toBe(1);
  send({ kind: 'changed', run: row('a', { status: 'paused', step: 3 }) });
  expect(runs.find('a')).toMatchObject({ status: 'paused', step: 3 });
  await clock.pass(10_000);
  expect(runs.find('a')).toMatchObject({ status: 'paused', step: 3 });
  expect(runs.progressOf('a')).toBeUndefined();
  expect(heard).toEqual(['changed', 'changed']);
});

test('an evaluation does not take back how far the run is', async () => {
  const { runs, send, clock } = await prepare([row('a', { status: 'running' })]);
  send({ kind: 'progress', id: 'a', progress });
  await clock.pass(0);
  send({ kind: 'progress', id: 'a', progress: { ...progress, step: 9 } });
  send({ kind: 'evaluation', id: 'a', facts: {} } as RunEvent);
  await clock.pass(10_000);
  expect(runs.progressOf('a')?.step).toBe(9);
});

test('news of a run that goes on, however often, does not keep back how far it is', async () => {
  const { runs, send, clock } = await prepare([row('a', { status: 'running' })]);
  send({ kind: 'progress', id: 'a', progress });
  await clock.pass(0);
  for (let step = 6; step < 40; step++) {
    send({ kind: 'progress', id: 'a', progress: { ...progress, step } });
    await clock.pass(50);
    send({ kind: 'changed', run: row('a', { status: 'running', notes: `at ${String(step)}` }) });
    await clock.pass(50);
  }
  expect(runs.progressOf('a')?.step).toBeGreaterThan(30);
});

test('a run and its plain control share a colour, the control dashed', async () => {
  const group = 'race';
  const residual = row('a', { group });
  const plain = row('bb', { group, architecture: 'resnet20 (plain)' });
  const { runs } = await prepare([residual, plain, row('ccc')]);
  expect(runs.lookOf(residual)).toEqual({ colour: 0, isDashed: false });
  expect(runs.lookOf(plain)).toEqual({ colour: 0, isDashed: true });
  expect(runs.lookOf(row('ccc')).colour).toBe(1);
});
