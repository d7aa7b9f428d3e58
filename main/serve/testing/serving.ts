// A real server with the example contract and a small page, raw requests to it, and pages as a browser
// would open them: with a cookie and an Origin.
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { Contract } from '../../../shared/rpc/definition.ts';
import { webSocketWire } from '../../../shared/rpc/web-socket-wire.ts';
import type { Wire } from '../../../shared/rpc/wire.ts';
import { startServer, type RunningServer, type ServerOptions } from '../start-server.ts';
import type { ServedContract } from '../sockets.ts';

export const secret = Buffer.alloc(32, 7);

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Serving {
  readonly server: RunningServer;
  /** Every address that was announced. */
  readonly addresses: readonly string[];
  readonly reports: readonly string[];
  /** `target` is sent as it is, however wrong. */
  readonly get: (target: string, options?: RequestOptions) => Promise<Answer>;
  /** The cookie of a browser that opened the newest address. */
  readonly letIn: () => Promise<string>;
}

export function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-serve-'));
  onTestFinished(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export const scriptText = `run(${JSON.stringify('x'.repeat(5000))});\n`;

export function writePage(folder: string): string {
  const page = path.join(folder, 'page');
  fs.mkdirSync(path.join(page, 'assets'), { recursive: true });
  fs.writeFileSync(path.join(page, 'index.html'), '<!doctype html><title>ResNet Lab</title>');
  fs.writeFileSync(path.join(page, 'assets', 'main-Ab3_x9Qz.js'), scriptText);
  fs.writeFileSync(path.join(page, 'assets', 'logo-Zz3_x9Qz.png'), Buffer.alloc(5000));
  fs.writeFileSync(path.join(folder, 'secret.js'), 'secret');
  return page;
}

export async function serve<C extends Contract>(
  served: ServedContract<C>,
  options: Partial<ServerOptions<C>> = {},
): Promise<Serving> {
  const addresses: string[] = [];
  const reports: string[] = [];
  const server = await startServer({
    ...served,
    pageFolder: options.pageFolder ?? writePage(temporaryFolder()),
    secret,
    onAddress: (url) => addresses.push(url),
    onInternalError: (error, what) => reports.push(`${what}: ${String(error)}`),
    onViolation: ({ code }) => reports.push(`violation: ${code}`),
    ...options,
  });
  onTestFinished(() => server.close(1000));
  const get = (target: string, requestOptions: RequestOptions = {}): Promise<Answer> =>
    request(server.port, target, requestOptions);
  return {
    server,
    addresses,
    reports,
    get,
    letIn: async () => {
      const { search } = new URL(addresses.at(-1) ?? '');
      return cookieOf(await get(`/${search}`));
    },
  };
}

export function cookieOf({ headers }: Answer): string {
  return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

export function request(
  port: number,
  target: string,
  { method = 'GET', headers = {} }: RequestOptions,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = http.request(
      { host: '127.0.0.1', port, path: target, method, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const { statusCode: status = 0, headers: received } = response;
          resolve({ status, headers: received, body: Buffer.concat(chunks) });
        });
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

export interface SocketOptions {
  readonly host?: string;
  readonly origin?: string | undefined;
  readonly cookie?: string | undefined;
  readonly path?: string;
}

/** A socket as a page opens it. */
export function openSocket(port: number, options: SocketOptions = {}): WebSocket {
  const { host = `127.0.0.1:${port}`, cookie, path: place = '/rpc' } = options;
  const origin = 'origin' in options ? options.origin : `http://${host}`;
  return new WebSocket(`ws://127.0.0.1:${port}${place}`, {
    headers: {
      host,
      ...(cookie === undefined ? {} : { cookie }),
      ...(origin === undefined ? {} : { origin }),
    },
  });
}

export function pageWire(port: number, cookie: string): Wire {
  return webSocketWire(openSocket(port, { cookie }));
}

/** How a socket that is not taken in ends: the status of the refusal, or the close code. */
export function endOf(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => {
    socket.on('unexpected-response', (_, response) => {
      resolve(response.statusCode ?? 0);
      socket.terminate();
    });
    socket.on('close', (code) => resolve(code));
    socket.on('error', () => undefined);
  });
}
