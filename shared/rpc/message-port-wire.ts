// A wire over a message port: the page's and Node's `MessagePort` (events carry `data`), Electron's
// `MessagePortMain` (the same as an emitter). One message of the wire is one message of the port.
import { platform } from './platform.ts';
import type { Wire, WireEvents, WireMessage } from './wire.ts';

interface PortMessage {
  readonly data: unknown;
}

/** The standard's port. */
export interface EventTargetPort {
  addEventListener(type: 'message', listener: (event: PortMessage) => void): void;
  addEventListener(type: 'close', listener: () => void): void;
  start(): void;
  postMessage(message: WireMessage): void;
  close(): void;
}

/** Electron's port in the main process. */
export interface EmitterPort {
  on(type: 'message', listener: (event: PortMessage) => void): unknown;
  on(type: 'close', listener: () => void): unknown;
  start(): void;
  postMessage(message: WireMessage): void;
  close(): void;
}

export function messagePortWire(port: EventTargetPort | EmitterPort): Wire {
  let isOpen = true;
  const listen = (events: WireEvents): void => {
    const onMessage = ({ data }: PortMessage): void => {
      if (!isOpen) return;
      // Whatever else comes through this port is not ours; an empty message is refused by the reader.
      events.onMessage(data instanceof Uint8Array ? data : new Uint8Array());
    };
    const onClose = (): void => {
      if (!isOpen) return;
      isOpen = false;
      events.onDown({ isFinal: true });
    };
    if ('addEventListener' in port) {
      port.addEventListener('message', onMessage);
      port.addEventListener('close', onClose);
    } else {
      port.on('message', onMessage);
      port.on('close', onClose);
    }
    port.start();
  };
  return {
    attach: (events) => {
      platform.queueMicrotask(() => {
        if (isOpen) events.onOpen();
      });
      listen(events);
    },
    send: (message) => {
      if (isOpen) port.postMessage(message);
    },
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      port.close();
    },
  };
}
