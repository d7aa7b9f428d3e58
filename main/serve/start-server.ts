// One HTTP server for one host: the built page, and the contract over a WebSocket at /rpc. It knows
// no services; whoever starts it brings the handlers.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import {
  failure,
  hasErrorCode,
  inputError,
  messageOf,
  type AppError,
} from '../../shared/errors.ts';
import type { Contract } from '../../shared/rpc/definition.ts';
import { openPageFiles } from '../host/page-files.ts';
import { createBrowserSessions } from './browser-sessions.ts';
import { encodeFiles } from './encoded-files.ts';
import { answerPageRequests } from './page-requests.ts';
import { bracketed, isEverywhere, ownNames } from './request-checks.ts';
import { Sockets, type ServedContract } from './sockets.ts';

export interface ServerOptions<C extends Contract> extends ServedContract<C> {
  /** The built page. */
  readonly pageFolder: string;
  /** A name or address of this machine. */
  readonly host?: string;
  /** 0 for any that is free. */
  readonly port?: number;
  /** Signs the cookies of browsers that were let in; stays with the library. */
  readonly secret: Uint8Array;
  /** Instead of tokens that work once. */
  readonly token?: string | undefined;
  /** An address that lets in one browser: at the start, and again whenever one was used. */
  readonly onAddress: (url: string) => void;
  /** A defect, for the log. */
  readonly onInternalError: (error: unknown, what: string) => void;
  /** A page broke the rules of the connection and was hung up on. */
  readonly onViolation: (error: AppError) => void;
  readonly pingIntervalMs?: number;
}

export interface RunningServer {
  readonly port: number;
  /** Without a token: for browsers that have been let in. */
  readonly origin: string;
  /** Open pages. */
  readonly connectionCount: number;
  /** Aborts what is being answered, hangs up, and lets go of the port. */
  close(graceMs?: number): Promise<void>;
}

const defaultGraceMs = 5_000;

/** @throws AppError `port-in-use`, `bad-address`, `port-not-allowed`, `not-listening` */
export async function startServer<C extends Contract>(
  options: ServerOptions<C>,
): Promise<RunningServer> {
  const { host = '127.0.0.1', port = 0, onAddress, onInternalError } = options;
  const sessions = createBrowserSessions({ secret: options.secret, fixedToken: options.token });
  const names = ownNames(host, os.hostname());
  const sockets = new Sockets({ ...options, sessions, names });
  const server = http.createServer(
    { requestTimeout: 30_000, headersTimeout: 10_000 },
    answerPageRequests({
      files: encodeFiles(openPageFiles(options.pageFolder)),
      sessions,
      names,
      onAdmitted: () => announce(),
      onError: onInternalError,
    }),
  );
  server.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));
  await listen(server, host, port);
  server.on('error', (error) => onInternalError(error, 'the server'));
  const address = server.address() as AddressInfo;
  const shownHost = isEverywhere(host) ? os.hostname() : host;
  const origin = `http://${bracketed(shownHost)}:${address.port}`;
  const announce = (): void => onAddress(`${origin}/?token=${sessions.token}`);
  announce();
  return {
    port: address.port,
    origin,
    get connectionCount() {
      return sockets.count;
    },
    close: async (graceMs = defaultGraceMs) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await sockets.close(graceMs);
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: http.Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, host, port)));
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function listenError(error: Error, host: string, port: number): AppError {
  const options = { cause: error, details: { host, port } };
  if (hasErrorCode(error, 'EADDRINUSE')) {
    return inputError(
      'port-in-use',
      `Port ${port} of ${host} is in use by another program. Choose another with --port, or leave it out.`,
      options,
    );
  }
  if (hasErrorCode(error, 'EADDRNOTAVAIL') || hasErrorCode(error, 'ENOTFOUND')) {
    return inputError(
      'bad-address',
      `"${host}" is not an address of this machine. Leave out --host, or use 0.0.0.0 for all of its addresses.`,
      options,
    );
  }
  if (hasErrorCode(error, 'EACCES')) {
    return inputError(
      'port-not-allowed',
      `The system does not allow this program port ${port}. Choose one from 1024 on.`,
      options,
    );
  }
  return failure(
    'not-listening',
    `The server could not listen on ${host}, port ${port}: ${messageOf(error)}.`,
    options,
  );
}
