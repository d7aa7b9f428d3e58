import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { testConformance } from './testing/conformance.ts';
import { serveExample } from './testing/example-service.ts';
import { createNotes } from './testing/notes.ts';
import { playScript } from './testing/script.ts';
import { closeCodes, webSocketWire } from './web-socket-wire.ts';
import type { WireDown } from './wire.ts';

/** A server whose next connection is given to `accept`, and a socket to it. */
async function connect(accept: (socket: WebSocket) => void): Promise<WebSocket> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  server.once('connection', accept);
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return new WebSocket(`ws://127.0.0.1:${port}`);
}

testConformance('a WebSocket', {
  serve: async (options) => {
    const notes = createNotes();
    const socket = await connect((other) => {
      serveExample(webSocketWire(other), { note: notes.add, ...options });
    });
    return { wire: webSocketWire(socket), notes };
  },
  play: async (script) =>
    webSocketWire(await connect((other) => playScript(webSocketWire(other), script))),
});

test('A WebSocket that the server closes for want of a session says what to do.', async () => {
  const socket = await connect((other) => other.close(closeCodes.noSession, 'no session'));
  const down = await new Promise<WireDown>((resolve) => {
    webSocketWire(socket).attach({
      onOpen: () => undefined,
      onMessage: () => undefined,
      onDown: resolve,
    });
  });
  expect(down).toMatchObject({ isFinal: true, error: { code: 'no-session' } });
});

test('A WebSocket that cannot be opened is down without an exception.', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const down = await new Promise<WireDown>((resolve) => {
    webSocketWire(new WebSocket(`ws://127.0.0.1:${port}`)).attach({
      onOpen: () => undefined,
      onMessage: () => undefined,
      onDown: resolve,
    });
  });
  expect(down).toEqual({ isFinal: true });
});
