// A wire over the messages between a Node process and its child, forked with
// `serialization: 'advanced'`. The same code serves both ends: a `ChildProcess`, or `process` itself.
import { platform } from './platform.ts';
import type { Wire } from './wire.ts';

export interface ProcessEnd {
  readonly connected: boolean;
  /** Absent on a `process` that was not forked. */
  send?(message: object, callback: (error: Error | null) => void): boolean;
  on(type: 'message', listener: (message: unknown) => void): unknown;
  on(type: 'disconnect', listener: () => void): unknown;
  disconnect(): void;
}

export function processWire(end: ProcessEnd): Wire {
  let isOpen = end.connected;
  return {
    attach: (events) => {
      const onDown = (): void => {
        if (!isOpen) return;
        isOpen = false;
        events.onDown({ isFinal: true });
      };
      end.on('message', (message) => {
        if (!isOpen) return;
        events.onMessage(message instanceof Uint8Array ? message : new Uint8Array());
      });
      end.on('disconnect', onDown);
      platform.queueMicrotask(() => {
        if (isOpen) events.onOpen();
        else events.onDown({ isFinal: true });
      });
    },
    send: (message) => {
      // A failed send is followed by `disconnect`, which is where it is told.
      if (isOpen && end.connected) end.send?.(message, () => undefined);
    },
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      // Not in the turn of a message: Node 20 fails if it was kept from before there was a listener.
      platform.queueMicrotask(() => {
        if (end.connected) end.disconnect();
      });
    },
  };
}
