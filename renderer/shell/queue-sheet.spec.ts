import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import type { RunEvent, RunRow } from '../../shared/contract/app/runs.ts';
import { inputError } from '../../shared/errors.ts';
import { makeRows } from '../charts/testing/replay-host.ts';
import { servedApp } from '../testing/served-app.ts';
import { show } from '../testing/show.svelte.ts';
import QueueSheet from './QueueSheet.svelte';

const [first, second, third, fourth] = makeRows(4) as [RunRow, RunRow, RunRow, RunRow];
const rows: readonly RunRow[] = [
  { ...first, name: 'trains', status: 'running', step: 30, totalSteps: 120, queuePosition: null },
  { ...second, name: 'next', status: 'queued', queuePosition: 0 },
  { ...third, name: 'later', status: 'queued', queuePosition: 1 },
  { ...fourth, name: 'rests', status: 'paused', step: 7, totalSteps: 120, queuePosition: null },
];

/** A host with four runs that records its calls, and refuses to pause. */
async function sheet() {
  const calls: unknown[] = [];
  let send: (event: RunEvent) => void = () => undefined;
  const forIds =
    (name: string) =>
    ({ ids }: { readonly ids: readonly string[] }): Promise<{ failed: [] }> => {
      calls.push([name, ...ids.map((id) => rows.find((run) => run.id === id)?.name)]);
      return Promise.resolve({ failed: [] });
    };
  const app = servedApp({
    'runs.list': () => Promise.resolve({ runs: [...rows], damaged: [] }),
    'runs.events': (_, { emit, signal }) =>
      new Promise<void>((resolve) => {
        send = (event) => void emit(event);
        signal.addEventListener('abort', () => resolve());
      }),
    'runs.pause': () => Promise.reject(inputError('run-not-running', 'It has just ended.')),
    'runs.resume': forIds('resume'),
    'runs.cancel': forIds('cancel'),
    'runs.move': ({ id, position }) => {
      calls.push(['move', rows.find((run) => run.id === id)?.name, position]);
      return Promise.resolve({});
    },
  });
  app.runs.start(() => undefined);
  await app.runs.load();
  show(QueueSheet, { isOpen: true }, { app });
  return { app, calls, send: (event: RunEvent) => send(event) };
}

const button = (name: string) => page.getByRole('button', { name });

test('It shows what trains, what waits in order, and what can go on.', async () => {
  await sheet();
  await expect.element(page.getByRole('progressbar', { name: 'Progress of trains' })).toBeVisible();
  const waiting = page
    .getByRole('listitem')
    .elements()
    .map((item) => item.textContent);
  expect(waiting.map((text) => /next|later/.exec(text)?.[0])).toEqual(['next', 'later']);
  await expect.element(page.getByText('step 7 of 120')).toBeVisible();
});

test('Moving, cancelling and resuming reach the host with the right run.', async () => {
  const { calls } = await sheet();
  await button('Move down').first().click();
  await button('Leave the queue').last().click();
  await button('Resume from its checkpoint').click();
  await expect
    .poll(() => calls)
    .toEqual([
      ['move', 'next', 1],
      ['cancel', 'later'],
      ['resume', 'rests'],
    ]);
});

test('The first can’t go up and the last can’t go down.', async () => {
  await sheet();
  await expect.element(button('Move up').first()).toBeDisabled();
  await expect.element(button('Move down').last()).toBeDisabled();
});

test('What the host refuses is calls in its own words.', async () => {
  const { app } = await sheet();
  await button('Pause: checkpoint and let go of the device').click();
  await expect
    .poll(() => app.toasts.list.map((toast) => toast.text))
    .toEqual(['It has just ended.']);
});

test('News of a run changes its line.', async () => {
  const { send } = await sheet();
  await expect.poll(() => page.getByRole('listitem').elements().length).toBe(2);
  send({ kind: 'changed', run: { ...second, status: 'paused', queuePosition: null } });
  await expect.poll(() => page.getByRole('listitem').elements().length).toBe(1);
});
