import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { createClient, type Client } from '../../shared/rpc/client.ts';
import type { Handlers } from '../../shared/rpc/contract-types.ts';
import { command, query, subscription } from '../../shared/rpc/definition.ts';
import { ReconnectingWire } from '../../shared/rpc/reconnecting-wire.ts';
import { webSocketWire } from '../../shared/rpc/web-socket-wire.ts';
import { createNotes } from '../../shared/rpc/testing/notes.ts';
import {
  cookieOf,
  endOf,
  openSocket,
  pageWire,
  request,
  scriptText,
  serve,
  temporaryFolder,
  writePage,
  type Serving,
} from './testing/serving.ts';

const Nothing = z.strictObject({});
const contract = {
  echo: query(z.object({ text: z.string() }), z.object({ text: z.string() })),
  wait: query(Nothing, Nothing),
  deaf: query(Nothing, Nothing),
  bulk: query(z.object({ number: z.int() }), z.object({ bytes: z.instanceof(Uint8Array) })),
  upload: command(z.object({ offset: z.int(), bytes: z.instanceof(Uint8Array) }), Nothing),
  ticks: subscription(Nothing, z.object({ value: z.int() })),
} as const;

const bulkBytes = 8 * 1024 * 1024;

function service() {
  const notes = createNotes();
  const handlers: Handlers<typeof contract> = {
    echo: (input) => Promise.resolve(input),
    wait: (_, { signal, client }) =>
      new Promise((resolve) => {
        notes.add('wait began');
        signal.addEventListener('abort', () => {
          notes.add(`wait of ${client.id} was aborted`);
          notes.add('wait was aborted');
          resolve({});
        });
      }),
    deaf: () => {
      notes.add('deaf began');
      return new Promise(() => undefined);
    },
    bulk: ({ number }) => {
      notes.add(`bulk ${number}`);
      return Promise.resolve({ bytes: new Uint8Array(bulkBytes) });
    },
    upload: ({ offset, bytes }) => {
      notes.add(`upload ${offset} ${bytes.length}`);
      return Promise.resolve({});
    },
    ticks: async (_, { emit, signal }) => {
      for (let value = 1; !signal.aborted; value++) await emit({ value });
    },
  };
  return { notes, served: { contract, handlers, version: 1 } };
}

function clientOf(serving: Serving, cookie: string): Client<typeof contract> {
  const client = createClient(contract, pageWire(serving.server.port, cookie), { version: 1 });
  onTestFinished(() => client.close());
  return client;
}

/** One that has greeted and reads nothing any more. */
async function pausedPage(serving: Serving, cookie: string) {
  const socket = openSocket(serving.server.port, { cookie });
  const slow = createClient(contract, webSocketWire(socket), { version: 1 });
  onTestFinished(() => slow.close());
  await slow.call('echo', { text: 'ready' });
  socket.pause();
  return { slow, socket };
}

const text = (body: Buffer): string => body.toString('utf8');

test('The printed address lets in one browser, which is then known without it.', async () => {
  const serving = await serve(service().served);
  const { addresses, get, server } = serving;
  expect(addresses[0]).toMatch(
    new RegExp(`^http://127\\.0\\.0\\.1:${server.port}/\\?token=[\\w-]{32}$`),
  );
  const target = addresses[0]!.slice(server.origin.length);
  const door = await get(target);
  expect(door.status).toBe(200);
  expect(door.headers['set-cookie']?.[0]).toMatch(
    /^resnet-lab-[\w-]{8}=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
  );
  expect(door.headers['cache-control']).toBe('no-store');
  expect(text(door.body)).toContain('content="0;url=/"');
  const cookie = cookieOf(door);

  const page = await get('/', { headers: { cookie: `other=1; ${cookie}` } });
  expect(page.status).toBe(200);
  expect(text(page.body)).toContain('<title>ResNet Lab</title>');
  // Reload, a second window, a restored tab: the used address still leads in, but only this browser.
  const again = await get(target, { headers: { cookie } });
  expect(again.status).toBe(200);
  const other = await get(target);
  expect(other.status).toBe(401);
  expect(other.headers['set-cookie']).toBeUndefined();
  expect(text(other.body)).toContain('has not been let in');
  // And there is a new address for the other.
  expect(addresses).toHaveLength(2);
  expect((await get(addresses[1]!.slice(server.origin.length))).status).toBe(200);
});

test('Looking with HEAD does not use up the address.', async () => {
  const { addresses, get, server } = await serve(service().served);
  const target = addresses[0]!.slice(server.origin.length);
  const look = await get(target, { method: 'HEAD' });
  expect(look).toMatchObject({ status: 401, body: Buffer.alloc(0) });
  expect((await get(target)).status).toBe(200);
});

test('A fixed token lets in any number of browsers.', async () => {
  const { get } = await serve(service().served, { token: 'fixed' });
  expect((await get('/?token=fixed')).status).toBe(200);
  expect((await get('/?token=fixed')).status).toBe(200);
  expect((await get('/?token=Fixed')).status).toBe(401);
});

test.each([
  ['nothing', {}],
  ['no cookie of ours', { cookie: 'resnet-lab-00000000=x; theme=dark' }],
  ['an empty cookie', { cookie: '' }],
])('With %s there is no page, but a sentence that says what to do.', async (_, headers) => {
  const { get } = await serve(service().served);
  for (const target of ['/', '/assets/main-Ab3_x9Qz.js', '/?token=', '/?token=wrong', '/nowhere']) {
    const { status, body } = await get(target, { headers });
    expect(status, target).toBe(401);
    expect(text(body)).toContain('Open the newest address that &#34;resnet-lab serve&#34; printed');
  }
});

test('A cookie signed under another secret is worth nothing.', async () => {
  const other = await serve(service().served, { secret: Buffer.alloc(32, 8) });
  const cookie = await other.letIn();
  const { get, letIn } = await serve(service().served);
  expect((await get('/', { headers: { cookie } })).status).toBe(401);
  const own = await letIn();
  expect((await get('/', { headers: { cookie: own } })).status).toBe(200);
  const flipped = own.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
  expect((await get('/', { headers: { cookie: flipped } })).status).toBe(401);
});

test('Every answer has the headers that keep the page to itself.', async () => {
  const { get, letIn } = await serve(service().served);
  const cookie = await letIn();
  for (const target of ['/', '/assets/main-Ab3_x9Qz.js', '/nowhere', '/?token=wrong']) {
    for (const headers of [{}, { cookie }, { host: 'evil.example' }]) {
      const answer = await get(target, { headers });
      expect(answer.headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      });
      const policy = answer.headers['content-security-policy'];
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
  }
});

test.each([
  ['127.0.0.1:PORT', 200],
  ['localhost:PORT', 200],
  ['LOCALHOST:PORT', 200],
  ['[::1]:PORT', 200],
  ['localhost:9000', 200],
  ['localhost', 200],
  ['evil.example', 421],
  ['evil.example:PORT', 421],
  ['127.0.0.1.evil.example', 421],
  ['localhost.evil.example:PORT', 421],
  ['192.168.0.10:PORT', 421],
  ['127.0.0.1:PORT@evil.example', 421],
  ['127.0.0.1 evil.example', 421],
  ['<script>', 421],
] as const)('A request to the host %j is answered with %i.', async (host, status) => {
  const { get, letIn, server } = await serve(service().served);
  const cookie = await letIn();
  const named = host.replace('PORT', String(server.port));
  const answer = await get('/', { headers: { host: named, cookie } });
  expect(answer.status).toBe(status);
  expect(text(answer.body)).not.toContain('<script>');
});

test.each([
  '/../secret.js',
  '/assets/../../secret.js',
  '/%2e%2e/secret.js',
  '/%2e%2e%2fsecret.js',
  '/..%2fsecret.js',
  '/..%5csecret.js',
  '/..\\secret.js',
  '/assets/..%252f..%252fsecret.js',
  '/%c0%ae%c0%ae/secret.js',
  '/assets/%00/../../secret.js',
  '/secret.js%00.html',
  '//127.0.0.1/secret.js',
  '/.//../secret.js',
  '/C:/secret.js',
  '/file:///etc/passwd',
  '/etc/passwd',
  'http://127.0.0.1/../secret.js',
  'http://evil.example/index.html',
  '/%',
  '/%E0%A4%A',
  `/${'a'.repeat(4000)}.js`,
  '/index.html/',
  '/%3Fx=/../secret.js',
])('The address %j leads nowhere.', async (target) => {
  const folder = temporaryFolder();
  const { get, letIn, reports } = await serve(service().served, { pageFolder: writePage(folder) });
  const answer = await get(target, { headers: { cookie: await letIn() } });
  expect(answer.status).toBe(404);
  expect(text(answer.body)).toContain('There is nothing here');
  expect(reports).toEqual([]);
});

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE'])(
  'The method %s is not answered, whoever asks.',
  async (method) => {
    const { get, letIn } = await serve(service().served);
    const cookie = await letIn();
    const answer = await get('/', { method, headers: { cookie } });
    expect(answer.status).toBe(405);
    expect(answer.headers['allow']).toBe('GET, HEAD');
  },
);

test('What is no HTTP at all does not harm the server.', async () => {
  const { server, get } = await serve(service().served);
  const socket = net.connect(server.port, '127.0.0.1');
  socket.write('\u0016\u0003\u0001 hello\r\n\r\n');
  await new Promise((resolve) => socket.on('close', resolve).resume());
  expect((await get('/')).status).toBe(401);
});

test('Files are compressed for those who can take it, and not sent twice.', async () => {
  const { get, letIn } = await serve(service().served);
  const cookie = await letIn();
  const script = '/assets/main-Ab3_x9Qz.js';
  const plain = await get(script, { headers: { cookie } });
  expect(text(plain.body)).toBe(scriptText);
  expect(plain.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'max-age=31536000, immutable',
    vary: 'accept-encoding',
    'content-length': String(scriptText.length),
  });
  for (const [accepted, encoding] of [
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip;q=1.0, br;q=0', 'gzip'],
    ['identity', undefined],
  ] as const) {
    const answer = await get(script, { headers: { cookie, 'accept-encoding': accepted } });
    expect(answer.headers['content-encoding']).toBe(encoding);
    const etag = answer.headers.etag!;
    const again = await get(script, {
      headers: { cookie, 'accept-encoding': accepted, 'if-none-match': etag },
    });
    expect(again).toMatchObject({ status: 304, body: Buffer.alloc(0) });
  }
  const picture = await get('/assets/logo-Zz3_x9Qz.png', {
    headers: { cookie, 'accept-encoding': 'br' },
  });
  expect(picture.headers['content-encoding']).toBeUndefined();
  const page = await get('/', { headers: { cookie } });
  expect(page.headers['cache-control']).toBe('no-cache');
});

test('A page that is rebuilt while it is served is the new one at once; a missing one is said.', async () => {
  const pageFolder = writePage(temporaryFolder());
  const { get, letIn } = await serve(service().served, { pageFolder });
  const headers = { cookie: await letIn() };
  await get('/', { headers });
  fs.writeFileSync(path.join(pageFolder, 'index.html'), 'new');
  expect(text((await get('/', { headers })).body)).toBe('new');
  fs.rmSync(path.join(pageFolder, 'index.html'));
  const missing = await get('/', { headers });
  expect(missing.status).toBe(503);
  expect(text(missing.body)).toContain('npm run build');
});

test.each([
  ['its own page', {}, 'open'],
  ['a page through an SSH tunnel', { host: 'localhost:9000' }, 'open'],
  ['no cookie', { cookie: undefined }, 4401],
  ['a wrong cookie', { cookie: 'resnet-lab-x=y' }, 4401],
  ['another server of this machine', { origin: 'http://127.0.0.1:3000' }, 403],
  ['another name of this machine', { origin: 'http://localhost:PORT' }, 403],
  ['another site', { origin: 'https://evil.example' }, 403],
  ['a sandboxed frame', { origin: 'null' }, 403],
  ['no origin', { origin: undefined }, 403],
  ['a site that renamed itself to us', { host: 'evil.example:PORT' }, 421],
  ['another path', { path: '/other' }, 404],
  ['a path that looks like it', { path: '/rpc%2f' }, 404],
] as const)('A WebSocket from %s ends as it must.', async (_, options, end) => {
  const { server, letIn } = await serve(service().served);
  const cookie = await letIn();
  const filled = Object.fromEntries(
    Object.entries(options).map(([key, value]: [string, string | undefined]) => [
      key,
      value?.replace('PORT', String(server.port)),
    ]),
  );
  const socket = openSocket(server.port, { cookie, ...filled });
  if (end === 'open') {
    await new Promise((resolve) => socket.on('open', resolve));
    expect(server.connectionCount).toBe(1);
    socket.terminate();
  } else {
    expect(await endOf(socket)).toBe(end);
    expect(server.connectionCount).toBe(0);
  }
});

test('Two pages at once are served apart, and one that goes leaves the other alone.', async () => {
  const { notes, served } = service();
  const serving = await serve(served);
  const cookie = await serving.letIn();
  const first = clientOf(serving, cookie);
  const second = clientOf(serving, cookie);
  first.call('wait', {}).catch(() => undefined);
  await notes.seen('wait began');
  const ticks: number[] = [];
  const ended = createNotes();
  second.subscribe(
    'ticks',
    {},
    {
      onEvent: ({ value }) => {
        ticks.push(value);
        if (value === 100) ended.add('100');
      },
    },
  );
  await second.call('echo', { text: 'a' });
  expect(serving.server.connectionCount).toBe(2);
  first.close();
  await notes.seen('wait was aborted');
  await ended.seen('100');
  await expect(second.call('echo', { text: 'b' })).resolves.toEqual({ text: 'b' });
  expect(notes.all.filter((note) => note.startsWith('wait of'))).toHaveLength(1);
});

test('A message over the limit ends its connection only.', async () => {
  const { served } = service();
  const serving = await serve(served);
  const cookie = await serving.letIn();
  const other = clientOf(serving, cookie);
  await other.call('echo', { text: 'a' });
  const socket = openSocket(serving.server.port, { cookie });
  await new Promise((resolve) => socket.on('open', resolve));
  socket.send(Buffer.alloc(64 * 1024 * 1024 + 1));
  expect(await endOf(socket)).toBe(1009);
  await expect(other.call('echo', { text: 'b' })).resolves.toEqual({ text: 'b' });
});

test('An upload of 30 MB in chunks of 4 MiB lets other calls through between them.', async () => {
  const { notes, served } = service();
  const serving = await serve(served);
  const client = clientOf(serving, await serving.letIn());
  const chunk = new Uint8Array(4 * 1024 * 1024);
  const order: string[] = [];
  const upload = async (): Promise<void> => {
    for (let offset = 0; offset < 30_000_000; offset += chunk.length) {
      const bytes = chunk.subarray(0, Math.min(chunk.length, 30_000_000 - offset));
      await client.call('upload', { offset, bytes });
      order.push('chunk');
    }
  };
  const uploading = upload();
  for (let index = 0; index < 4; index++) {
    await client.call('echo', { text: 'meanwhile' });
    order.push('echo');
  }
  await uploading;
  expect(notes.all.at(-1)).toBe('upload 29360128 639872');
  expect(order.filter((entry) => entry === 'chunk')).toHaveLength(8);
  // Each of them waited for one chunk at most.
  expect(order.lastIndexOf('echo')).toBeLessThanOrEqual(8);
});

test('A page that was open during a restart comes back by itself and hears on.', async () => {
  const first = await serve(service().served);
  const { port } = first.server;
  const cookie = await first.letIn();
  const wire = new ReconnectingWire({ connect: () => pageWire(port, cookie), firstPauseMs: 5 });
  const client = createClient(contract, wire, { version: 1 });
  onTestFinished(() => client.close());
  const told = createNotes();
  client.onState((state) => told.add(state));
  client.subscribe(
    'ticks',
    {},
    { onEvent: ({ value }) => told.add(`tick ${value}`), onRestart: () => told.add('restart') },
  );
  await told.seen('tick 5');
  await first.server.close();
  await told.seen('lost');
  await serve(service().served, { port });
  await told.seen('restart');
  await expect(client.call('echo', { text: 'b' })).resolves.toEqual({ text: 'b' });
  expect(told.all.filter((note) => note === 'tick 1')).toHaveLength(2);
});

test('A page whose session is gone after a restart is told, and does not try for ever.', async () => {
  const first = await serve(service().served);
  const { port } = first.server;
  const cookie = await first.letIn();
  const wire = new ReconnectingWire({ connect: () => pageWire(port, cookie), firstPauseMs: 5 });
  const client = createClient(contract, wire, { version: 1 });
  const told = createNotes();
  client.onState((state, { isFinal, error }) => told.add(`${state} ${isFinal} ${error?.code}`));
  await client.call('echo', { text: 'a' });
  await first.server.close();
  await serve(service().served, { port, secret: Buffer.alloc(32, 9) });
  await told.seen('lost true no-session');
});

test('Closing aborts what is being answered and waits for it, but not for ever.', async () => {
  const { notes, served } = service();
  const serving = await serve(served);
  const client = clientOf(serving, await serving.letIn());
  const calls = [client.call('wait', {}), client.call('deaf', {})];
  const outcomes = Promise.allSettled(calls);
  await notes.seen('deaf began');
  await serving.server.close(50);
  expect(notes.all).toContain('wait was aborted');
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(request(serving.server.port, '/', {})).rejects.toThrow('ECONNREFUSED');
});

test('A page that has silently gone is hung up on.', async () => {
  const { notes, served } = service();
  const serving = await serve(served, { pingIntervalMs: 20 });
  const cookie = await serving.letIn();
  const socket = openSocket(serving.server.port, { cookie });
  const client = createClient(contract, webSocketWire(socket), { version: 1 });
  client.call('wait', {}).catch(() => undefined);
  await notes.seen('wait began');
  // It reads nothing any more, so it answers no ping.
  socket.pause();
  await notes.seen('wait was aborted');
  expect(serving.server.connectionCount).toBe(0);
  socket.terminate();
});

test('A page that leaves its answers lying is not asked for more, and goes on where it took them.', async () => {
  const { notes, served } = service();
  const serving = await serve(served);
  const cookie = await serving.letIn();
  const other = clientOf(serving, cookie);
  const { slow, socket } = await pausedPage(serving, cookie);
  const answers: Promise<unknown>[] = [];
  for (let number = 1; number <= 12; number++) {
    answers.push(slow.call('bulk', { number }));
    // What would have been read is read by the time that the others have been answered.
    for (const text of ['a', 'b', 'c']) await other.call('echo', { text });
  }
  expect(notes.all).toContain('bulk 1');
  expect(notes.all).not.toContain('bulk 12');
  socket.resume();
  expect(await Promise.all(answers)).toHaveLength(12);
});

test('Hundreds of calls in one breath, by a page that reads nothing, are not all answered into memory.', async () => {
  const { notes, served } = service();
  const serving = await serve(served);
  const cookie = await serving.letIn();
  const other = clientOf(serving, cookie);
  const { slow, socket } = await pausedPage(serving, cookie);
  const answers = Array.from({ length: 60 }, (_, number) => slow.call('bulk', { number }));
  await notes.seen('bulk 0');
  for (const text of ['a', 'b', 'c']) await other.call('echo', { text });
  expect(notes.all.filter((note) => note.startsWith('bulk')).length).toBeLessThanOrEqual(32);
  socket.resume();
  expect(await Promise.all(answers)).toHaveLength(60);
});

test('A page that is still taking a long answer is not taken for gone.', async () => {
  const { served } = service();
  const serving = await serve(served, { pingIntervalMs: 200 });
  const cookie = await serving.letIn();
  const other = clientOf(serving, cookie);
  const { slow, socket } = await pausedPage(serving, cookie);
  const answers = [1, 2, 3].map((number) => slow.call('bulk', { number }));
  await new Promise((resolve) => setTimeout(resolve, 700));
  await other.call('echo', { text: 'meanwhile' });
  socket.resume();
  expect(await Promise.all(answers)).toHaveLength(3);
});

test.each([
  ['a port in use', { port: -1 }, 'port-in-use'],
  ['an address that is not ours', { host: '192.0.2.1' }, 'bad-address'],
] as const)('A server on %s says so.', async (_, options, code) => {
  const { server } = await serve(service().served);
  const port = 'port' in options ? server.port : 0;
  await expect(serve(service().served, { ...options, port })).rejects.toMatchObject({ code });
});

test('A server for every address of the machine answers to its name, and not to others.', async () => {
  const { get, addresses, letIn } = await serve(service().served, { host: '0.0.0.0' });
  const name = new URL(addresses[0]!).host;
  const cookie = await letIn();
  expect((await get('/', { headers: { host: name, cookie } })).status).toBe(200);
  expect((await get('/', { headers: { host: '10.1.2.3:80', cookie } })).status).toBe(200);
  expect((await get('/', { headers: { host: 'evil.example', cookie } })).status).toBe(421);
});
