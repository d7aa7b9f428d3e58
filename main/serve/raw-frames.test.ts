// Frames that no browser sends, over plain sockets, with and without a session. An `error` event that nobody
// hears ends the process, so vitest fails the file for any of them that is missed.
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import type { Handlers } from '../../shared/rpc/contract-types.ts';
import { query } from '../../shared/rpc/definition.ts';
import { serve, type Serving } from './testing/serving.ts';
import { upgradeRequest } from './testing/upgrade-request.ts';

const Text = z.object({ text: z.string() });
const contract = { echo: query(Text, Text) } as const;
const handlers: Handlers<typeof contract> = { echo: (input) => Promise.resolve(input) };

/** A frame's first two bytes and what follows. */
const FRAMES: Readonly<Record<string, readonly number[]>> = {
  'an unmasked frame': [0x81, 0x02, 0x68, 0x69],
  'text that is not UTF-8': [0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe],
  'a frame of 2^62 bytes': [0x82, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4],
  'a frame of 1 GiB': [0x82, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 1, 2, 3, 4],
  'reserved bits': [0xf2, 0x80, 1, 2, 3, 4],
  'an unknown opcode': [0x83, 0x80, 1, 2, 3, 4],
  'a ping that is too long': [0x89, 0xfe, 0x01, 0x00, 1, 2, 3, 4],
  'a fragmented ping': [0x09, 0x80, 1, 2, 3, 4],
  'a continuation of nothing': [0x80, 0x80, 1, 2, 3, 4],
  'a close with half a code': [0x88, 0x81, 0, 0, 0, 0, 3],
  'a close with a forbidden code': [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xed],
};

async function handshake(serving: Serving, cookie: string | undefined): Promise<net.Socket> {
  const { port } = serving.server;
  const socket = net.connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  // A reset is one of the ends that are allowed.
  socket.on('error', () => undefined);
  socket.write(upgradeRequest(port, cookie));
  const head = await new Promise<string>((resolve) =>
    socket.once('data', (bytes: Buffer) => resolve(bytes.toString('latin1'))),
  );
  expect(head).toMatch(/^HTTP\/1\.1 101 /);
  return socket;
}

const gone = (socket: net.Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
    socket.resume();
  });

for (const who of ['no session', 'a session'] as const) {
  test.each(Object.entries(FRAMES))(
    `%s over a socket with ${who} ends that socket only.`,
    async (_, frame) => {
      const serving = await serve({ contract, handlers, version: 1 });
      const cookie = await serving.letIn();
      const socket = await handshake(serving, who === 'a session' ? cookie : undefined);
      socket.write(Buffer.from(frame));
      await gone(socket);
      const { status } = await serving.get('/', { headers: { cookie } });
      expect(status).toBe(200);
    },
  );
}

test('A frame in the same packet as the handshake is refused as well.', async () => {
  const serving = await serve({ contract, handlers, version: 1 });
  const cookie = await serving.letIn();
  const { port } = serving.server;
  const socket = net.connect(port, '127.0.0.1').on('error', () => undefined);
  const frame = Buffer.from(FRAMES['an unmasked frame'] ?? []);
  socket.write(Buffer.concat([upgradeRequest(port), frame]));
  await gone(socket);
  expect((await serving.get('/', { headers: { cookie } })).status).toBe(200);
});

test('Who is refused and says nothing is hung up on.', async () => {
  const serving = await serve({ contract, handlers, version: 1 });
  const socket = await handshake(serving, undefined);
  await gone(socket);
  expect(serving.server.connectionCount).toBe(0);
});
