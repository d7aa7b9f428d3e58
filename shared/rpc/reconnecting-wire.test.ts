import { expect, onTestFinished, test } from 'vitest';
import { AppError, failure } from '../errors.ts';
import { createClient, type Client } from './client.ts';
import { memoryWirePair } from './memory-wire.ts';
import { ReconnectingWire } from './reconnecting-wire.ts';
import type { ServedConnection } from './server.ts';
import {
  EXAMPLE_VERSION,
  exampleContract,
  serveExample,
  type ExampleContract,
} from './testing/example-service.ts';
import { manualClock, type ManualClock } from './testing/manual-clock.ts';
import { createNotes, type Notes } from './testing/notes.ts';
import type { Wire, WireDown } from './wire.ts';

interface Stage {
  readonly client: Client<ExampleContract>;
  readonly wire: ReconnectingWire;
  readonly clock: ManualClock;
  readonly notes: Notes;
  /** State changes, with the code of the error if there is one. */
  readonly states: readonly string[];
  readonly reaches: (state: string) => Promise<void>;
  /** The other end of the present connection goes away. */
  readonly lose: () => void;
  /** From now on nobody answers: new connections are lost at once. */
  readonly goAway: (down?: WireDown) => void;
  readonly comeBack: () => void;
}

function stage(): Stage {
  const clock = manualClock();
  const notes = createNotes();
  let connection: ServedConnection | undefined;
  let answer: WireDown | undefined;
  const wire = new ReconnectingWire({
    clock,
    connect: () => {
      if (answer !== undefined) return deadWire(answer);
      const [near, far] = memoryWirePair();
      connection = serveExample(far, { note: notes.add });
      return near;
    },
  });
  const client = createClient(exampleContract, wire, { version: EXAMPLE_VERSION });
  onTestFinished(() => client.close());
  const states = createNotes();
  client.onState((state, { isFinal, error }) => {
    states.add([state, error?.code, isFinal ? 'final' : ''].filter(Boolean).join(' '));
  });
  return {
    client,
    wire,
    clock,
    notes,
    states: states.all,
    reaches: states.seen,
    lose: () => connection?.close(),
    goAway: (down = { isFinal: true }) => {
      answer = down;
    },
    comeBack: () => {
      answer = undefined;
    },
  };
}

function deadWire(down: WireDown): Wire {
  return {
    attach: (events) => events.onDown(down),
    send: () => undefined,
    close: () => undefined,
  };
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof AppError ? error.code : 'none';
}

test('After a loss the client is ready again by itself, and says so.', async () => {
  const { client, clock, states, lose } = stage();
  await client.call('echo', { text: 'a' });
  lose();
  await Promise.resolve();
  await Promise.resolve();
  clock.pass(250);
  await expect(client.call('echo', { text: 'b' })).resolves.toEqual({ text: 'b' });
  expect(states).toEqual(['connecting', 'ready', 'lost connection-lost', 'ready']);
});

test('A query under way is asked again; a command fails and is never sent twice.', async () => {
  const { client, clock, notes, lose, reaches } = stage();
  const controller = new AbortController();
  const query = client.call('wait', {}, { signal: controller.signal });
  const command = client.call('waitToDo', {});
  await notes.seen('waitToDo began');
  lose();
  expect(await codeOf(command)).toBe('connection-lost');
  clock.pass(250);
  await reaches('ready');
  await client.call('echo', { text: 'both have begun' });
  expect(notes.all.filter((note) => note.endsWith('began'))).toEqual([
    'wait began',
    'waitToDo began',
    'wait began',
  ]);
  controller.abort();
  expect(await codeOf(query)).toBe('cancelled');
});

test('While the connection is lost, queries wait and commands fail at once.', async () => {
  const { client, clock, lose, reaches } = stage();
  await client.call('echo', { text: 'a' });
  lose();
  await reaches('lost connection-lost');
  const query = client.call('echo', { text: 'b' });
  expect(await codeOf(client.call('refuse', {}))).toBe('connection-lost');
  clock.pass(250);
  await expect(query).resolves.toEqual({ text: 'b' });
});

test('A query that is under way in three losses is given up.', async () => {
  const { client, clock, notes, lose } = stage();
  const query = client.call('wait', {});
  const code = codeOf(query);
  const begun = (): number => notes.all.filter((note) => note === 'wait began').length;
  for (let round = 1; round <= 3; round++) {
    await expect.poll(begun, { interval: 1 }).toBe(round);
    lose();
    await expect.poll(() => clock.pauses.length, { interval: 1 }).toBe(1);
    clock.pass(10_000);
  }
  expect(await code).toBe('connection-lost');
});

test('Subscriptions begin anew after a loss and say so.', async () => {
  const { client, clock, lose, reaches } = stage();
  const heard: (number | string)[] = [];
  const isBehind = new Promise<void>(() => undefined);
  const three = createNotes();
  const subscription = client.subscribe(
    'count',
    { to: 1e9 },
    {
      onEvent: ({ value }) => {
        heard.push(value);
        three.add(`${heard.length}`);
        return isBehind;
      },
      onRestart: () => heard.push('restart'),
      onEnd: () => heard.push('end'),
    },
  );
  await three.seen('32');
  lose();
  await reaches('lost connection-lost');
  clock.pass(250);
  await three.seen('65');
  subscription.end();
  const numbers = Array.from({ length: 32 }, (_, index) => index + 1);
  expect(heard).toEqual([...numbers, 'restart', ...numbers]);
});

test('A subscription that was ended while the connection was lost stays ended.', async () => {
  const { client, clock, notes, lose, reaches } = stage();
  const subscription = client.subscribe('count', { to: 1e9 }, { onEvent: () => undefined });
  await notes.seen('count emitted 1');
  lose();
  await reaches('lost connection-lost');
  subscription.end();
  await notes.seen('count was aborted');
  const before = notes.all.length;
  clock.pass(250);
  await client.call('echo', { text: 'a' });
  expect(notes.all).toHaveLength(before);
});

test('Pauses between attempts double up to ten seconds.', async () => {
  const { client, clock, goAway, lose, reaches } = stage();
  await client.call('echo', { text: 'a' });
  goAway();
  lose();
  await reaches('lost connection-lost');
  const pauses: number[] = [];
  for (let attempt = 0; attempt < 8; attempt++) {
    const pause = clock.pauses[0] ?? 0;
    pauses.push(pause);
    clock.pass(pause);
  }
  expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
});

test('Pauses start small again only after a connection that stood for a while.', async () => {
  const { client, clock, lose } = stage();
  await client.call('echo', { text: 'a' });
  const pauses: (number | undefined)[] = [];
  for (const stoodMs of [10, 10, 10, 60_000]) {
    clock.pass(stoodMs);
    lose();
    await expect.poll(() => clock.pauses.length, { interval: 1 }).toBe(1);
    pauses.push(clock.pauses[0]);
    clock.pass(10_000);
    await client.call('echo', { text: 'again' });
  }
  expect(pauses).toEqual([250, 500, 1000, 250]);
});

test('A retry asked for does not wait for the pause, and there is only one.', async () => {
  const { client, clock, wire, lose, reaches } = stage();
  await client.call('echo', { text: 'a' });
  lose();
  await reaches('lost connection-lost');
  wire.retryNow();
  await expect(client.call('echo', { text: 'b' })).resolves.toEqual({ text: 'b' });
  wire.retryNow();
  expect(clock.pauses).toEqual([]);
});

test('A connection that is refused for a reason is not tried again.', async () => {
  const { client, clock, states, goAway, lose, reaches } = stage();
  await client.call('echo', { text: 'a' });
  goAway({ isFinal: true, error: failure('no-session', 'Open the printed address.') });
  lose();
  await reaches('lost connection-lost');
  const waiting = codeOf(client.call('echo', { text: 'b' }));
  clock.pass(250);
  expect(await waiting).toBe('no-session');
  expect(await codeOf(client.call('refuse', {}))).toBe('no-session');
  expect(states.at(-1)).toBe('lost no-session final');
  expect(clock.pauses).toEqual([]);
});

test('A command made before the first connection is sent once there is one, or fails with it.', async () => {
  const { client } = stage();
  expect(await codeOf(client.call('refuse', {}))).toBe('no-images');
  const gone = stageWithoutServer();
  expect(await codeOf(gone.call('refuse', {}))).toBe('connection-lost');
});

function stageWithoutServer(): Client<ExampleContract> {
  const [near, far] = memoryWirePair();
  const wire = new ReconnectingWire({ connect: () => near, clock: manualClock() });
  const client = createClient(exampleContract, wire, { version: EXAMPLE_VERSION });
  far.close();
  return client;
}

test('Closing while a pause lasts ends it.', async () => {
  const { client, clock, lose, reaches } = stage();
  await client.call('echo', { text: 'a' });
  lose();
  await reaches('lost connection-lost');
  const query = codeOf(client.call('echo', { text: 'b' }));
  client.close();
  expect(await query).toBe('connection-closed');
  expect(clock.pauses).toEqual([]);
});
