// Two ends in one process. Delivers asynchronously and by copy, like every other wire, so that code
// which works over it works over all of them.
import { platform } from './platform.ts';
import type { Wire, WireEvents } from './wire.ts';

export function memoryWirePair(): readonly [Wire, Wire] {
  const first = createEnd();
  const second = createEnd();
  first.join(second);
  second.join(first);
  return [first, second];
}

interface End extends Wire {
  join(other: End): void;
  receive(message: Uint8Array): void;
  lose(): void;
}

function createEnd(): End {
  let other: End | undefined;
  let events: WireEvents | undefined;
  let isOpen = true;
  const early: (() => void)[] = [];

  /** In order, and never before someone listens. */
  const later = (deliver: () => void): void => {
    if (events === undefined) early.push(deliver);
    else platform.queueMicrotask(deliver);
  };
  return {
    join: (end) => {
      other = end;
    },
    receive: (message) => {
      later(() => {
        if (isOpen) events?.onMessage(message);
      });
    },
    lose: () => {
      later(() => {
        if (!isOpen) return;
        isOpen = false;
        events?.onDown({ isFinal: true });
      });
    },
    attach: (listener) => {
      events = listener;
      platform.queueMicrotask(() => {
        if (isOpen) listener.onOpen();
      });
      for (const deliver of early.splice(0)) platform.queueMicrotask(deliver);
    },
    send: (message) => {
      if (isOpen) other?.receive(message.slice());
    },
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      other?.lose();
    },
  };
}
