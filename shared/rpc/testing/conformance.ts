// What the RPC promises over every wire, as one suite. Each wire's test file says how to get a client's
// end whose other end serves the example, or plays a script.
import { describe, expect, onTestFinished, test } from 'vitest';
import { AppError, toErrorDocument } from '../../errors.ts';
import { createClient, type Client, type ClientState } from '../client.ts';
import { encodeMessage } from '../codec.ts';
import { EVENT_WINDOW, encodeFrame, hello, type ServerFrame } from '../frames.ts';
import { platform } from '../platform.ts';
import type { Wire, WireMessage } from '../wire.ts';
import { EXAMPLE_VERSION, exampleContract, type ExampleContract } from './example-service.ts';
import type { Notes } from './notes.ts';
import { openRaw, type RawEnd } from './raw-end.ts';
import type { Script } from './script.ts';

export interface ServedExample {
  readonly wire: Wire;
  readonly notes: Notes;
}

/** Both ends are gone after the test. */
export interface ConformanceSubject {
  /** Without what no wire has a part in: every test starts a process. */
  readonly isBrief?: boolean;
  serve(options: { readonly limitBytes?: number }): Promise<ServedExample>;
  play(script: Script): Promise<Wire>;
}

interface ClientAndNotes {
  readonly client: Client<ExampleContract>;
  readonly notes: Notes;
}

const limitBytes = 200_000;

export function testConformance(name: string, subject: ConformanceSubject): void {
  const connect = async (
    options: { readonly limitBytes?: number } = {},
  ): Promise<ClientAndNotes> => {
    const { wire, notes } = await subject.serve(options);
    const client = createClient(exampleContract, wire, { version: EXAMPLE_VERSION, ...options });
    onTestFinished(() => client.close());
    return { client, notes };
  };
  const connectRaw = async (
    options: { readonly greets?: boolean; readonly limitBytes?: number } = {},
  ): Promise<{ readonly end: RawEnd; readonly notes: Notes }> => {
    const { wire, notes } = await subject.serve(options);
    const end = await openRaw(wire, options);
    onTestFinished(() => end.close());
    return { end, notes };
  };

  describe(`RPC over ${name}`, () => {
    describe('calls', () => {
      test('are answered, whatever the script of the text', async () => {
        const { client } = await connect();
        const text = 'Zürich, 東京, 🙂, "quoted"\n\u0000';
        await expect(client.call('echo', { text })).resolves.toEqual({ text });
      });

      test('made at once are each given their own answer', async () => {
        const { client } = await connect();
        const texts = Array.from({ length: 200 }, (_, index) => `call ${index}`);
        const answers = await Promise.all(texts.map((text) => client.call('echo', { text })));
        expect(answers.map(({ text }) => text)).toEqual(texts);
      });

      test('carry typed arrays of odd lengths both ways, each with memory of its own', async () => {
        const { client } = await connect();
        const bytes = Uint8Array.of(1, 2, 3);
        const series = [Float64Array.of(0.5, NaN, -Infinity), new Float64Array()];
        const answer = await client.call('double', { bytes, series });
        expect(answer).toEqual({
          bytes: Uint8Array.of(2, 4, 6),
          series: [Float64Array.of(1, NaN, -Infinity), new Float64Array()],
        });
        expect(answer.bytes.buffer.byteLength).toBe(3);
        expect(bytes).toEqual(Uint8Array.of(1, 2, 3));
      });

      test('fail with the code, sentence, details and path that the handler gave', async () => {
        const { client, notes } = await connect();
        const error = await problemOf(client.call('refuse', {}));
        expect(toErrorDocument(error)).toEqual({
          fault: 'input',
          code: 'no-images',
          message: 'The folder has no images; choose another.',
          path: 'data.source',
          details: { given: 0, expected: [1, 2] },
        });
        expect(notes.all).toEqual([]);
      });

      test('fail with `internal` for a defect of the handler, which is reported there', async () => {
        const { client, notes } = await connect();
        expect(await problemOf(client.call('break', {}))).toMatchObject({
          code: 'internal',
          message: 'boom',
        });
        await notes.seen('defect in break: boom');
      });

      test('fail with `internal` if the answer does not fit the contract', async () => {
        const { client, notes } = await connect();
        const sentence =
          'The answer of misbehave does not fit the contract: value must be a number, not "seven".';
        expect(await problemOf(client.call('misbehave', {}))).toMatchObject({
          code: 'internal',
          message: sentence,
        });
        await notes.seen(`defect in misbehave: ${sentence}`);
      });

      test('with bad input are refused by the client, naming the place', async () => {
        const { client } = await connect();
        const input = { text: 5 } as unknown as { text: string };
        expect(await problemOf(client.call('echo', input))).toMatchObject({
          code: 'bad-request',
          fault: 'input',
          path: 'text',
          message: 'The request echo is not valid: text must be text, not 5.',
        });
      });

      test('with bad input are refused by the server as well', async () => {
        const { end } = await connectRaw();
        end.send({ kind: 'call', id: 1, name: 'double', input: { bytes: [1, 2], series: [] } });
        expect(await end.next()).toMatchObject({
          kind: 'reply',
          id: 1,
          error: { code: 'bad-request', fault: 'input', path: 'bytes' },
        });
      });

      test.each([
        ['call', 'ecko', 'There is no call "ecko". Did you mean "echo"?'],
        ['call', 'constructor', 'There is no call "constructor". Reload the page.'],
        ['call', '__proto__', 'There is no call "__proto__". Reload the page.'],
        ['call', 'count', 'count is not to be used with "call".'],
        ['subscribe', 'echo', 'echo is not to be used with "subscribe".'],
      ] as const)('by an unknown name are refused: %s %s', async (kind, unknown, message) => {
        const { end } = await connectRaw();
        end.send({ kind, id: 1, name: unknown, input: {} });
        expect(await end.next()).toMatchObject({ id: 1, error: { code: 'unknown-call', message } });
      });

      test('beyond a thousand open ones are refused', async () => {
        const { end } = await connectRaw();
        for (let id = 1; id <= 1025; id++) end.send({ kind: 'call', id, name: 'wait', input: {} });
        expect(await end.next()).toMatchObject({ id: 1025, error: { code: 'too-many-calls' } });
      });
    });

    describe('cancelling', () => {
      test('ends a call here at once and aborts its handler there', async () => {
        const { client, notes } = await connect();
        const controller = new platform.AbortController();
        const call = client.call('wait', {}, { signal: controller.signal });
        await notes.seen('wait began');
        controller.abort();
        expect(await problemOf(call)).toMatchObject({ code: 'cancelled' });
        await notes.seen('wait was aborted: It was cancelled.');
        await expect(client.call('echo', { text: 'next' })).resolves.toEqual({ text: 'next' });
      });

      test('before the call keeps it from being made', async () => {
        const { client, notes } = await connect();
        const controller = new platform.AbortController();
        controller.abort();
        const call = client.call('wait', {}, { signal: controller.signal });
        expect(await problemOf(call)).toMatchObject({ code: 'cancelled' });
        await client.call('echo', { text: 'later' });
        expect(notes.all).toEqual([]);
      });

      test('is not answered: a handler that breaks afterwards is reported there only', async () => {
        const { end, notes } = await connectRaw();
        end.send({ kind: 'call', id: 1, name: 'breakWhenCancelled', input: {} });
        await notes.seen('breakWhenCancelled began');
        end.send({ kind: 'cancel', id: 1 });
        await notes.seen('defect in breakWhenCancelled: too late');
        end.send({ kind: 'call', id: 2, name: 'echo', input: { text: 'next' } });
        expect(await end.next()).toEqual({ kind: 'reply', id: 2, output: { text: 'next' } });
      });

      test('what has been answered already does nothing', async () => {
        const { end } = await connectRaw();
        end.send({ kind: 'call', id: 1, name: 'echo', input: { text: 'a' } });
        expect(await end.next()).toMatchObject({ id: 1 });
        end.send({ kind: 'cancel', id: 1 });
        end.send({ kind: 'unsubscribe', id: 1 });
        end.send({ kind: 'call', id: 2, name: 'echo', input: { text: 'b' } });
        expect(await end.next()).toMatchObject({ id: 2, output: { text: 'b' } });
      });
    });

    describe('subscriptions', () => {
      test('deliver every event in order, then their end', async () => {
        const { client } = await connect();
        const { values, error } = await collect(client, 200);
        expect(values).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
        expect(error).toBeUndefined();
      });

      test('deliver the events before an error, then the error', async () => {
        const { client } = await connect();
        const { values, error } = await collect(client, 50, true);
        expect(values).toHaveLength(50);
        expect(error).toMatchObject({ code: 'no-images', path: 'data.source' });
      });

      test('that are ended abort their handler and are silent', async () => {
        const { client, notes } = await connect();
        const received: number[] = [];
        const subscription = client.subscribe(
          'count',
          { to: 1e9 },
          {
            onEvent: ({ value }) => {
              received.push(value);
              if (value === 3) subscription.end();
            },
            onEnd: () => received.push(-1),
          },
        );
        await notes.seen('count was aborted');
        await client.call('echo', { text: 'later' });
        expect(received).toEqual([1, 2, 3]);
      });

      test('make the server wait for a client that is behind', async () => {
        const { client, notes } = await connect();
        let release = (): void => undefined;
        const gate = new Promise<void>((resolve) => (release = resolve));
        const values: number[] = [];
        const ended = new Promise<void>((resolve) => {
          client.subscribe(
            'count',
            { to: 100 },
            {
              onEvent: ({ value }) => {
                values.push(value);
                return gate;
              },
              onEnd: () => resolve(),
            },
          );
        });
        await notes.seen(`count emitted ${EVENT_WINDOW}`);
        await client.call('echo', { text: 'a turn for the server' });
        expect(values).toHaveLength(EVENT_WINDOW);
        expect(notes.all).toHaveLength(EVENT_WINDOW);
        release();
        await ended;
        expect(values).toHaveLength(100);
      });

      test('skip what a newer event of the same key has replaced', async () => {
        const { client } = await connect();
        const values: number[] = [];
        await new Promise<void>((resolve) => {
          client.subscribe(
            'latest',
            { to: 1000 },
            { onEvent: ({ value }) => void values.push(value), onEnd: () => resolve() },
          );
        });
        const sentAtOnce = Array.from({ length: EVENT_WINDOW }, (_, index) => index + 1);
        expect(values).toEqual([...sentAtOnce, 1000]);
      });

      test('end when far too many events wait', async () => {
        const { client, notes } = await connect();
        const error = await new Promise<AppError | undefined>((resolve) => {
          client.subscribe('flood', {}, { onEvent: () => undefined, onEnd: resolve });
        });
        expect(error).toMatchObject({ code: 'too-slow' });
        await notes.seen('flood was aborted');
      });

      test('end with `internal` if an event does not fit the contract', async () => {
        const { client, notes } = await connect();
        const error = await new Promise<AppError | undefined>((resolve) => {
          client.subscribe('misbehaveInEvents', {}, { onEvent: () => undefined, onEnd: resolve });
        });
        expect(error).toMatchObject({ code: 'internal' });
        await notes.seen('misbehaveInEvents is aborted');
      });

      test('drop events emitted after their end', async () => {
        const { end, notes } = await connectRaw();
        end.send({ kind: 'subscribe', id: 1, name: 'emitAfterTheEnd', input: {} });
        expect(await end.next()).toEqual({ kind: 'event', id: 1, event: { value: 1 } });
        expect(await end.next()).toEqual({ kind: 'reply', id: 1 });
        await notes.seen('emitted after the end');
        end.send({ kind: 'call', id: 2, name: 'echo', input: { text: 'next' } });
        expect(await end.next()).toMatchObject({ id: 2 });
      });

      test('report bad input in their end', async () => {
        const { client } = await connect();
        const error = await new Promise<AppError | undefined>((resolve) => {
          client.subscribe('count', { to: 0.5 }, { onEvent: () => undefined, onEnd: resolve });
        });
        expect(error).toMatchObject({ code: 'bad-request', path: 'to' });
      });
    });

    describe('limits', () => {
      test('keep a request that is too large from being sent', async () => {
        const { client } = await connect({ limitBytes });
        const call = client.call('double', { bytes: new Uint8Array(limitBytes), series: [] });
        expect(await problemOf(call)).toMatchObject({
          code: 'too-large',
          details: { limitBytes },
        });
        await expect(client.call('echo', { text: 'next' })).resolves.toEqual({ text: 'next' });
      });

      test('turn an answer that is too large into an error', async () => {
        const { client } = await connect({ limitBytes });
        const call = client.call('large', { sizeBytes: limitBytes });
        expect(await problemOf(call)).toMatchObject({ code: 'too-large' });
        await expect(client.call('large', { sizeBytes: 1000 })).resolves.toMatchObject({
          bytes: { length: 1000 },
        });
      });

      test('end the connection of a client that sends too much', async () => {
        const { end, notes } = await connectRaw({ limitBytes });
        end.sendBytes(new Uint8Array(limitBytes + 1));
        await end.down;
        await notes.seen('violation bad-frame');
      });
    });

    describe('jobs', () => {
      test('tell events, each dealt with before the next, and then answer', async () => {
        const { client, notes } = await connect();
        const steps: string[] = [];
        const answer = await client.perform(
          'work',
          { to: 3 },
          {
            onEvent: async ({ value }) => {
              steps.push(`${value} came`);
              // Notes may take another way than events: waited for, never looked up.
              if (value > 1) await notes.seen(`work ${value - 1} was dealt with`);
              await Promise.resolve();
              steps.push(`${value} done`);
            },
          },
        );
        expect(answer).toEqual({ value: 3 });
        expect(steps).toEqual(
          ['1', '2', '3', 'NaN'].flatMap((value) => [`${value} came`, `${value} done`]),
        );
      });

      test('that are cancelled come to their own end, with events and an answer', async () => {
        const { client, notes } = await connect();
        const controller = new platform.AbortController();
        const values: number[] = [];
        const answer = await client.perform(
          'work',
          { to: 1e9 },
          {
            signal: controller.signal,
            onEvent: ({ value }) => {
              values.push(value);
              if (value === 2) controller.abort();
            },
          },
        );
        await notes.seen('work was asked to end: It was cancelled.');
        expect(values.at(-1)).toBe(NaN);
        expect(answer.value).toBe(values.length - 1);
      });

      test('that are cancelled before they begin are begun all the same, and end', async () => {
        const { client } = await connect();
        const controller = new platform.AbortController();
        controller.abort();
        const { signal } = controller;
        const answer = client.perform('work', { to: 1e9 }, { signal, onEvent: () => undefined });
        expect((await answer).value).toBeLessThan(3);
      });

      test('fail with what the handler threw, after their events', async () => {
        const { client } = await connect();
        const values: number[] = [];
        const failing = client.perform(
          'work',
          { to: 1, refuse: true },
          { onEvent: ({ value }) => void values.push(value) },
        );
        expect(await problemOf(failing)).toMatchObject({ code: 'no-images', path: 'data.source' });
        expect(values).toEqual([1, NaN]);
      });

      test('fail when the connection ends', async () => {
        const { client, notes } = await connect();
        const failing = client.perform('work', { to: 1e9 }, { onEvent: () => undefined });
        await notes.seen('work 3 was dealt with');
        client.close();
        expect(await problemOf(failing)).toMatchObject({ code: 'connection-closed' });
      });
    });

    describe.runIf(subject.isBrief !== true)(
      'a client that breaks the rules is hung up on:',
      () => {
        const echo: ServerFrameLike = { kind: 'call', id: 5, name: 'echo', input: { text: 'a' } };
        const whole = encodeMessage(echo);
        test.each<[string, readonly WireMessage[]]>([
          ['an empty message', [new Uint8Array()]],
          ['noise', [Uint8Array.of(1, 255, 255, 255, 255, 9)]],
          ['another format', [Uint8Array.of(9, ...whole.subarray(1))]],
          ['half a message', [whole.subarray(0, whole.length / 2)]],
          ['a message and a half', [Uint8Array.of(...whole, 0)]],
          ['text that is not JSON', [rawMessage('{"value":')]],
          ['text that is not UTF-8', [Uint8Array.of(1, 1, 0, 0, 0, 0xff)]],
          ['JSON that is no envelope', [rawMessage('[]')]],
          ['an attachment without a place', [rawMessage(attached('["other"]', 1), [1])]],
          ['an attachment in the prototype', [rawMessage(attached('["constructor"]', 1), [1])]],
          ['an attachment over a value', [rawMessage(attached('["kind"]', 1), [1])]],
          ['an attachment that is cut off', [rawMessage(attached('["input"]', 9), [1])]],
          ['an attachment of no whole elements', [rawMessage(attached('["input"]', 3), [1, 2, 3])]],
          ['an unknown frame', [encodeMessage({ kind: 'shout', id: 1 })]],
          ['a frame of the server', [encodeMessage({ kind: 'event', id: 1, event: {} })]],
          ['a number below one', [encodeMessage({ ...echo, id: 0 })]],
          ['a number used before', [whole, whole]],
          ['a number smaller than the last', [whole, encodeMessage({ ...echo, id: 4 })]],
          ['a second greeting', [encodeMessage(hello(EXAMPLE_VERSION))]],
          ['cancelling what never was', [encodeMessage({ kind: 'cancel', id: 1 })]],
          [
            'thanking for events that never came',
            [
              encodeMessage({ kind: 'subscribe', id: 1, name: 'count', input: { to: 1e9 } }),
              encodeMessage({ kind: 'acknowledge', id: 1, count: 1000 }),
            ],
          ],
          [
            'cancelling a subscription',
            [
              encodeMessage({ kind: 'subscribe', id: 1, name: 'count', input: { to: 1e9 } }),
              encodeMessage({ kind: 'cancel', id: 1 }),
            ],
          ],
        ])('%s', async (_, messages) => {
          const { end, notes } = await connectRaw();
          for (const message of messages) end.sendBytes(message);
          expect(await end.down).toMatchObject({ isFinal: true });
          await notes.seen('violation bad-frame');
        });

        test('no greeting', async () => {
          const { end, notes } = await connectRaw({ greets: false });
          end.sendBytes(whole);
          await end.down;
          await notes.seen('violation bad-frame');
        });
      },
    );

    describe.runIf(subject.isBrief !== true)('a server that breaks the rules is left:', () => {
      const greeting = frame(hello(EXAMPLE_VERSION));
      test.each<[string, readonly WireMessage[]]>([
        ['noise', [Uint8Array.of(1, 2, 3)]],
        ['a frame of the client', [encodeMessage({ kind: 'cancel', id: 1 })]],
        ['a reply to nothing', [frame({ kind: 'reply', id: 9, output: {} })]],
        ['an event of nothing', [frame({ kind: 'event', id: 9, event: {} })]],
        ['an event for a call', [frame({ kind: 'event', id: 1, event: {} })]],
        ['a second greeting', [greeting]],
      ])('%s', async (_, messages) => {
        const wire = await subject.play([[greeting], messages]);
        const client = createClient(exampleContract, wire, { version: EXAMPLE_VERSION });
        const states = statesOf(client);
        expect(await problemOf(client.call('echo', { text: 'a' }))).toMatchObject({
          code: 'bad-frame',
        });
        expect(states).toEqual(['connecting', 'ready', 'lost']);
        expect(await problemOf(client.call('echo', { text: 'b' }))).toMatchObject({
          code: 'bad-frame',
        });
      });

      test('an answer that does not fit fails its call only', async () => {
        const wire = await subject.play([
          [greeting],
          [frame({ kind: 'reply', id: 1, output: { text: 1 } })],
          [frame({ kind: 'reply', id: 2, output: { text: 'b' } })],
        ]);
        const client = createClient(exampleContract, wire, { version: EXAMPLE_VERSION });
        onTestFinished(() => client.close());
        expect(await problemOf(client.call('echo', { text: 'a' }))).toMatchObject({
          code: 'bad-reply',
          message: 'The answer to echo does not fit the contract: text must be text, not 1.',
        });
        await expect(client.call('echo', { text: 'b' })).resolves.toEqual({ text: 'b' });
      });

      test('a second reply and events after the end are ignored', async () => {
        const wire = await subject.play([
          [greeting],
          [
            frame({ kind: 'event', id: 1, event: { value: 1 } }),
            frame({ kind: 'reply', id: 1, output: undefined }),
            frame({ kind: 'event', id: 1, event: { value: 2 } }),
            frame({ kind: 'reply', id: 1, output: undefined }),
          ],
          [frame({ kind: 'reply', id: 2, output: { text: 'b' } })],
        ]);
        const client = createClient(exampleContract, wire, { version: EXAMPLE_VERSION });
        onTestFinished(() => client.close());
        const { values } = await collect(client, 2);
        await expect(client.call('echo', { text: 'b' })).resolves.toEqual({ text: 'b' });
        expect(values).toEqual([1]);
      });
    });

    describe('versions', () => {
      test('that differ are a state of their own, and fail every call with both versions', async () => {
        const { wire } = await subject.serve({});
        const client = createClient(exampleContract, wire, { version: 8 });
        const states = statesOf(client);
        const error = await problemOf(client.call('echo', { text: 'a' }));
        expect(error).toMatchObject({
          code: 'version-mismatch',
          details: { expected: { version: 8 }, given: { version: EXAMPLE_VERSION } },
        });
        expect(await problemOf(client.call('wait', {}))).toMatchObject({ code: error.code });
        expect(states).toEqual(['connecting', 'mismatch']);
      });

      test('that differ are refused by the server too', async () => {
        const { end } = await connectRaw({ greets: false });
        end.send(hello(8));
        expect(await end.next()).toMatchObject({ kind: 'hello', version: EXAMPLE_VERSION });
        end.send({ kind: 'call', id: 1, name: 'echo', input: { text: 'a' } });
        expect(await end.next()).toMatchObject({ id: 1, error: { code: 'version-mismatch' } });
      });
    });

    describe('the end of the connection', () => {
      test('by the server fails what is under way and what comes after', async () => {
        const { client, notes } = await connect();
        const states = statesOf(client);
        const call = client.call('wait', {});
        const ended = new Promise<AppError | undefined>((resolve) => {
          client.subscribe('count', { to: 1e9 }, { onEvent: () => undefined, onEnd: resolve });
        });
        await notes.seen('wait began');
        const hangUp = client.call('hangUp', {});
        const lost = { code: 'connection-lost' };
        expect(await problemOf(hangUp)).toMatchObject(lost);
        expect(await problemOf(call)).toMatchObject(lost);
        expect(await ended).toMatchObject(lost);
        expect(await problemOf(client.call('echo', { text: 'a' }))).toMatchObject(lost);
        expect(states).toEqual(['connecting', 'ready', 'lost']);
      });

      test('by the client aborts every handler', async () => {
        const { client, notes } = await connect();
        const call = client.call('wait', {});
        client.subscribe('count', { to: 1e9 }, { onEvent: () => undefined });
        await notes.seen('wait began');
        await notes.seen('count emitted 10');
        client.close();
        expect(await problemOf(call)).toMatchObject({ code: 'connection-closed' });
        await notes.seen('wait was aborted: The page is gone.');
        await notes.seen('count was aborted');
      });
    });
  });
}

type ServerFrameLike = Readonly<Record<string, unknown>>;

function frame(content: ServerFrame): WireMessage {
  return encodeFrame(content, limitBytes);
}

/** A message with any text where the JSON belongs. */
function rawMessage(json: string, rest: readonly number[] = []): WireMessage {
  const bytes = new platform.TextEncoder().encode(json);
  return Uint8Array.of(1, bytes.length, 0, 0, 0, ...bytes, ...rest);
}

function attached(path: string, sizeBytes: number): string {
  const type = sizeBytes === 3 ? 'Int16Array' : 'Uint8Array';
  return `{"value":{"kind":"call","id":1,"name":"echo","input":null},"attachments":[{"path":${path},"type":"${type}","sizeBytes":${sizeBytes}}]}`;
}

async function problemOf(call: Promise<unknown>): Promise<AppError> {
  const error: unknown = await call.then(
    () => new Error('It did not fail.'),
    (reason: unknown) => reason,
  );
  if (error instanceof AppError) return error;
  throw error;
}

function statesOf(client: Client<ExampleContract>): readonly ClientState[] {
  const states: ClientState[] = [];
  client.onState((state) => states.push(state));
  return states;
}

function collect(
  client: Client<ExampleContract>,
  to: number,
  refuse = false,
): Promise<{ readonly values: readonly number[]; readonly error: AppError | undefined }> {
  const values: number[] = [];
  return new Promise((resolve) => {
    client.subscribe(
      'count',
      { to, refuse },
      {
        onEvent: ({ value }) => void values.push(value),
        onEnd: (error) => resolve({ values, error }),
      },
    );
  });
}
