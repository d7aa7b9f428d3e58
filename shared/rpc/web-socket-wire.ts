// A wire over a WebSocket: the page's own, or one of the `ws` package in Node. One message of the wire
// is one binary message of the socket. Close codes that mean something to the user become errors.
import { failure, type AppError } from '../errors.ts';
import { platform } from './platform.ts';
import type { Wire, WireMessage } from './wire.ts';

/** Codes from 4000 on are an application's own. */
export const closeCodes = {
  done: 1000,
  goingAway: 1001,
  /** The other end sent what it must not; `reason` says what. */
  violation: 4400,
  /** The server does not know this browser (any more). */
  noSession: 4401,
} as const;

const connecting = 0;
const open = 1;
/** The standard's limit for a close reason, in bytes of UTF-8; reasons here are ASCII or shortened. */
const maxReasonCharacters = 40;

export interface SocketLike {
  binaryType: string;
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(message: WireMessage): void;
  close(code: number, reason?: string): void;
}

export function webSocketWire(socket: SocketLike): Wire {
  let isClosed = false;
  socket.binaryType = 'arraybuffer';
  return {
    attach: (events) => {
      if (socket.readyState === connecting) {
        socket.onopen = () => {
          if (!isClosed) events.onOpen();
        };
      } else {
        platform.queueMicrotask(() => {
          if (!isClosed) events.onOpen();
        });
      }
      socket.onmessage = ({ data }: { readonly data: unknown }) => {
        if (isClosed) return;
        // Text is never sent; an empty message is refused by the reader.
        events.onMessage(data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array());
      };
      socket.onclose = ({ code }: { readonly code: number }) => {
        if (isClosed) return;
        isClosed = true;
        const error = errorOf(code);
        events.onDown(error === undefined ? { isFinal: true } : { isFinal: true, error });
      };
      // `close` follows and is where it is told; in Node an unheard `error` would end the process.
      socket.onerror = () => undefined;
    },
    send: (message) => {
      if (!isClosed && socket.readyState === open) socket.send(message);
    },
    close: (reason) => {
      if (isClosed) return;
      isClosed = true;
      if (reason === undefined) socket.close(closeCodes.done);
      else socket.close(closeCodes.violation, reason.slice(0, maxReasonCharacters));
    },
  };
}

function errorOf(code: number): AppError | undefined {
  if (code !== closeCodes.noSession) return undefined;
  return failure(
    'no-session',
    'The server does not know this browser any more. Open the address that "resnet-lab serve" printed.',
  );
}
