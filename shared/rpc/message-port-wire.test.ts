import { EventEmitter } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { onTestFinished } from 'vitest';
import { messagePortWire, type EmitterPort } from './message-port-wire.ts';
import { testConformance } from './testing/conformance.ts';
import { serveExample } from './testing/example-service.ts';
import { createNotes } from './testing/notes.ts';
import { playScript } from './testing/script.ts';
import type { Wire } from './wire.ts';

function channel(): { readonly port1: MessagePort; readonly port2: MessagePort } {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  return { port1, port2 };
}

/** Electron's `MessagePortMain` as it is documented: an emitter whose messages are events with `data`. */
function asEmitterPort(port: MessagePort): EmitterPort {
  const emitter = new EventEmitter();
  port.on('message', (data: unknown) => emitter.emit('message', { data, ports: [] }));
  port.on('close', () => emitter.emit('close'));
  return {
    on: (type: string, listener: (event: { data: unknown }) => void) => emitter.on(type, listener),
    start: () => port.start(),
    postMessage: (message) => port.postMessage(message),
    close: () => port.close(),
  };
}

function test(name: string, otherEnd: (port: MessagePort) => Wire): void {
  testConformance(name, {
    serve: (options) => {
      const { port1, port2 } = channel();
      const notes = createNotes();
      serveExample(otherEnd(port2), { note: notes.add, ...options });
      return Promise.resolve({ wire: messagePortWire(port1), notes });
    },
    play: (script) => {
      const { port1, port2 } = channel();
      playScript(otherEnd(port2), script);
      return Promise.resolve(messagePortWire(port1));
    },
  });
}

test('a message port', (port) => messagePortWire(port));
test("a message port with Electron's other end", (port) => messagePortWire(asEmitterPort(port)));
