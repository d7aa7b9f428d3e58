// Takes in the WebSockets of pages and serves the contract over each. Hangs up on a socket whose other
// end has silently gone (a closed laptop, a cut tunnel), so that its handlers end.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { AppError } from '../../shared/errors.ts';
import type { Handlers } from '../../shared/rpc/contract-types.ts';
import type { Contract } from '../../shared/rpc/definition.ts';
import { DEFAULT_LIMIT_BYTES } from '../../shared/rpc/frames.ts';
import { serveContract, type ServedConnection } from '../../shared/rpc/server.ts';
import { closeCodes, webSocketWire } from '../../shared/rpc/web-socket-wire.ts';
import type { Wire } from '../../shared/rpc/wire.ts';
import type { BrowserSessions } from './browser-sessions.ts';
import { hostProblem, isOwnOrigin, type OwnNames } from './request-checks.ts';

/** Where the page's socket connects to. */
export const SOCKET_PATH = '/rpc';

export interface ServedContract<C extends Contract> {
  readonly contract: C;
  readonly handlers: Handlers<C>;
  readonly version: number;
}

export interface SocketParts<C extends Contract> extends ServedContract<C> {
  readonly sessions: BrowserSessions;
  readonly names: OwnNames;
  readonly onInternalError: (error: unknown, name: string) => void;
  readonly onViolation: (error: AppError) => void;
  readonly pingIntervalMs?: number;
}

/** Windows of a few people; more is a program in a loop. */
const connectionLimit = 100;
/** Of answers that a page has not taken yet. */
const untakenLimitBytes = 16 * 1024 * 1024;
/** What a page may have sent before it hears that it is refused. */
const refusedLimitBytes = 64 * 1024;
const refusedMs = 2_000;
const missedWhileIdle = 1;
const missedWhileTaking = 10;

export class Sockets<C extends Contract> {
  readonly #parts: SocketParts<C>;
  readonly #server = socketServer(DEFAULT_LIMIT_BYTES);
  /** For those without a session: they are told so and must send nothing. */
  readonly #refusing = socketServer(refusedLimitBytes);
  readonly #connections = new Map<WebSocket, ServedConnection>();
  /** Pages that have not answered a ping, and for how many. */
  readonly #silent = new Map<WebSocket, number>();
  readonly #pings: NodeJS.Timeout;

  constructor(parts: SocketParts<C>) {
    this.#parts = parts;
    this.#pings = setInterval(() => this.#ping(), parts.pingIntervalMs ?? 30_000).unref();
  }

  get count(): number {
    return this.#connections.size;
  }

  /** For the `upgrade` event of an HTTP server. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const refusal = this.#refusalOf(request);
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    // A page cannot see why an upgrade was refused, but it can see a close code.
    const isKnown = this.#parts.sessions.knows(request.headers.cookie);
    const server = isKnown ? this.#server : this.#refusing;
    server.handleUpgrade(request, socket, head, (webSocket) => {
      // A frame that breaks the protocol is an `error`, at any moment; `close` follows. Unheard, it would end
      // this process.
      webSocket.on('error', () => webSocket.terminate());
      if (isKnown) this.#serve(webSocket, socket);
      else refuse(webSocket);
    });
  }

  /** Hangs up on everyone and waits for their handlers, but not longer than `graceMs`. */
  async close(graceMs: number): Promise<void> {
    clearInterval(this.#pings);
    const connections = [...this.#connections.values()];
    for (const connection of connections) connection.close();
    let timer: NodeJS.Timeout | undefined;
    const grace = new Promise<void>((resolve) => (timer = setTimeout(resolve, graceMs)));
    await Promise.race([Promise.all(connections.map(({ ended }) => ended)), grace]);
    clearTimeout(timer);
    for (const server of [this.#server, this.#refusing]) {
      for (const socket of server.clients) socket.terminate();
      server.close();
    }
  }

  /** As the status line of an HTTP answer. */
  #refusalOf({ headers, url }: IncomingMessage): string | undefined {
    if (url?.split('?')[0] !== SOCKET_PATH) return '404 Not Found';
    if (hostProblem(headers.host, this.#parts.names) !== undefined)
      return '421 Misdirected Request';
    if (!isOwnOrigin(headers.origin, headers.host)) return '403 Forbidden';
    if (this.#connections.size >= connectionLimit) return '503 Service Unavailable';
    return undefined;
  }

  #serve(socket: WebSocket, stream: Duplex): void {
    const { contract, handlers, version, onInternalError, onViolation } = this.#parts;
    const wire = pausingWire(socket, stream);
    const options = { version, onInternalError, onViolation };
    this.#connections.set(socket, serveContract(contract, handlers, wire, options));
    socket.on('pong', () => this.#silent.delete(socket));
    socket.on('close', () => {
      this.#connections.delete(socket);
      this.#silent.delete(socket);
    });
  }

  #ping(): void {
    for (const socket of this.#connections.keys()) {
      const missed = this.#silent.get(socket) ?? 0;
      // Through a slow tunnel a ping waits behind a long answer.
      if (missed >= (socket.bufferedAmount > 0 ? missedWhileTaking : missedWhileIdle)) {
        socket.terminate();
      } else {
        this.#silent.set(socket, missed + 1);
        if (missed === 0) socket.ping();
      }
    }
  }
}

function socketServer(maxPayload: number): WebSocketServer {
  // Uncompressed: mostly pixels and floats, mostly on this machine.
  return new WebSocketServer({ noServer: true, maxPayload, perMessageDeflate: false });
}

/** Says why, and waits for the goodbye no longer than a slow line takes. */
function refuse(socket: WebSocket): void {
  socket.close(closeCodes.noSession, 'no session');
  const timer = setTimeout(() => socket.terminate(), refusedMs);
  timer.unref();
  socket.on('close', () => clearTimeout(timer));
}

/** Takes no more calls from a page while it leaves answers lying: they wait in our memory. */
function pausingWire(socket: WebSocket, stream: Duplex): Wire {
  const wire = webSocketWire(socket);
  const isBehind = (): boolean => socket.bufferedAmount > untakenLimitBytes;
  return {
    ...wire,
    isBehind,
    attach: (events) => {
      stream.on('drain', () => {
        socket.resume();
        events.onTaken?.();
      });
      wire.attach(events);
    },
    send: (message) => {
      wire.send(message);
      if (isBehind()) socket.pause();
    },
  };
}
