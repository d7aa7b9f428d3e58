// A wire between Electron's main process and a utility process of its own, for both ends. Such a process has
// no channel that could be closed, so a message that is null says that it is.
import { platform } from './platform.ts';
import type { Wire, WireEvents, WireMessage } from './wire.ts';

/** What Electron puts on `process` in a utility process; typed here as only main/app may import it. */
export interface ParentPort {
  postMessage(message: WireMessage | null): void;
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): unknown;
}

/** The end of a utility process. Without its host Electron ends it itself. */
export function parentPortWire(port: ParentPort): Wire {
  return portWire(
    (message) => port.postMessage(message),
    (listener) => port.on('message', ({ data }) => listener(data)),
  );
}

/** A utility process as its owner sees it. */
export interface UtilityEnd {
  postMessage(message: WireMessage | null): void;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
}

/** The owner's end. */
export function utilityProcessWire(child: UtilityEnd): Wire {
  return portWire(
    (message) => child.postMessage(message),
    (listener, onDown) => {
      child.on('message', listener);
      child.on('exit', onDown);
    },
  );
}

function portWire(
  post: (message: WireMessage | null) => void,
  listen: (listener: (message: unknown) => void, onDown: () => void) => void,
): Wire {
  let isOpen = true;
  const attach = (events: WireEvents): void => {
    const onDown = (): void => {
      if (!isOpen) return;
      isOpen = false;
      events.onDown({ isFinal: true });
    };
    listen((message) => {
      if (!isOpen) return;
      if (message === null) onDown();
      // Whatever else comes is not ours; an empty message is refused by the reader.
      else events.onMessage(message instanceof Uint8Array ? message : new Uint8Array());
    }, onDown);
    platform.queueMicrotask(() => {
      if (isOpen) events.onOpen();
    });
  };
  return {
    attach,
    send: (message) => {
      // Posting to a process that has ended may crash the main process (electron#53923).
      if (isOpen) post(message);
    },
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      post(null);
    },
  };
}
