// Attacks on a running `resnet-lab serve`: calls, raw frames and HTTP. After each input it must answer an
// ordinary request, and it must never have printed a stack trace.
import http from 'node:http';
import net from 'node:net';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { appContract, CONTRACT_VERSION } from '../../../shared/contract/app/index.ts';
import {
  decodeFrame,
  DEFAULT_LIMIT_BYTES,
  encodeFrame,
  hello,
  ServerFrame,
  type ClientFrame,
} from '../../../shared/rpc/frames.ts';
import { closeCodes } from '../../../shared/rpc/web-socket-wire.ts';
import { arbitraryOf } from '../../../shared/spec/testing/arbitrary-of.ts';
import type { Context, Outcome } from '../attack.ts';
import { childrenOf, type Running } from '../../cli/testing/command-line.ts';
import { projectFolder } from '../../host/program-files.ts';
import { upgradeRequest } from '../../serve/testing/upgrade-request.ts';
import { watchForHang } from '../hang.ts';
import { start } from '../product.ts';
import { checkProperty } from './check.ts';
import { faultOfSentence } from './judge.ts';
import { byteChanges, changedBytes, corrupted } from './mutate.ts';

/** A subscription without news says nothing. */
const QUIET_MS = 300;
const START_MS = 120_000;
/** On a busy machine an idle host answers late too; a hang is judged by its processor time. */
const ANSWER_MS = 60_000;

export class Served {
  private readonly running: Running;
  readonly port: number;
  readonly cookie: string;

  /** The app's own page is served, not an empty one. */
  readonly hasPage: boolean;

  private constructor(running: Running, port: number, cookie: string, hasPage: boolean) {
    this.hasPage = hasPage;
    this.running = running;
    this.port = port;
    this.cookie = cookie;
  }

  /** Without `trains` every training fails at once: what is to be broken is the host. */
  static async start(folder: string, { trains = false } = {}): Promise<Served> {
    const builtPage = path.join(projectFolder(), 'dist', 'renderer');
    const hasPage = trains && fs.existsSync(path.join(builtPage, 'index.html'));
    const page = hasPage ? builtPage : path.join(folder, 'page');
    if (!hasPage) {
      fs.mkdirSync(page, { recursive: true });
      fs.writeFileSync(path.join(page, 'index.html'), '<!doctype html><title>ResNet Lab</title>');
    }
    const env: Record<string, string> = trains
      ? {}
      : { RESNET_LAB_RUNTIME: '/nowhere', PATH: '/nowhere' };
    const running = start({ home: path.join(folder, 'home'), env }, [
      ...['serve', '--port', '0', '--page', page],
    ]);
    const url = await new Promise<URL>((resolve, reject) => {
      let text = '';
      running.process.stdout?.on('data', (chunk: string) => {
        text += chunk;
        const found = /http:\/\/\S+/.exec(text)?.[0];
        if (found !== undefined) resolve(new URL(found));
      });
      void running.ended.then(({ stderr }) => reject(new Error(`serve did not start: ${stderr}`)));
      setTimeout(() => reject(new Error('serve did not start in time.')), START_MS).unref();
    });
    const port = Number(url.port);
    const answer = await get(port, url.pathname + url.search, {});
    const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    return new Served(running, port, cookie, hasPage);
  }

  /** Undefined while it answers as it should. */
  async fault(): Promise<string | undefined> {
    if (this.running.process.exitCode !== null || this.running.process.signalCode !== null) {
      const { exitCode, signal, stderr } = await this.running.ended;
      return `the host ended (${exitCode ?? signal}): ${stderr.slice(-600)}`;
    }
    if (/^\s+at .+[:/]\d+/m.test(this.running.stderr())) {
      return `the host printed a stack trace: ${this.running.stderr().slice(-1500)}`;
    }
    try {
      const { status } = await get(this.port, '/', { cookie: this.cookie });
      return status === 200 ? undefined : `the page is answered by ${status}`;
    } catch (error) {
      return `the page is not answered: ${String(error)}`;
    }
  }

  /** For one more browser. */
  newAddress(): string {
    const all = this.running.stderr().match(/http:\/\/\S+token=\S+/g);
    return all?.at(-1) ?? `http://127.0.0.1:${this.port}/`;
  }

  get pid(): number {
    return this.running.process.pid ?? 0;
  }

  async close(): Promise<void> {
    for (const child of childrenOf(this.running.process.pid)) process.kill(child, 'SIGKILL');
    this.running.process.kill('SIGKILL');
    await this.running.ended;
  }
}

/** From the kernel; 0 where it does not say. */
export function residentBytesOf(pid: number): number {
  try {
    const text = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

function get(
  port: number,
  target: string,
  headers: http.OutgoingHttpHeaders,
): Promise<{ readonly status: number; readonly headers: http.IncomingHttpHeaders }> {
  return new Promise((resolve, reject) => {
    const request = http.get(
      { host: '127.0.0.1', port, path: target, headers, agent: false, timeout: ANSWER_MS },
      (response) => {
        response.resume().on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers });
        });
      },
    );
    request.on('error', reject).on('timeout', () => request.destroy(new Error('no answer')));
  });
}

export async function withServed(
  context: Context,
  work: (served: Served) => Promise<Outcome>,
): Promise<Outcome> {
  const served = await Served.start(context.folder);
  try {
    return await work(served);
  } finally {
    await served.close();
  }
}

/** What would fetch, open windows, measure, write elsewhere or end things is not called. */
const NOT_CALLED = new Set([
  ...['app.doctor', 'app.pickFolder', 'app.printPdf', 'app.revealFile', 'datasets.download'],
  ...['datasets.augmented', 'datasets.previewing', 'reports.export'],
]);

const calls = fc.oneof(
  ...Object.entries(appContract)
    .filter(([name]) => !NOT_CALLED.has(name))
    .map(([name, { shape, input }]) =>
      corrupted(arbitraryOf(input)).map((given) => ({ name, shape, given })),
    ),
);

export function fuzzCalls(cases: number, context: Context): Promise<Outcome> {
  return withServed(context, async (served) => {
    const page = await Page.open(served);
    try {
      return await checkProperty(
        {
          input: calls,
          fault: async ({ name, shape, given }) =>
            (await page.ask(name, shape, given)) ?? (await served.fault()),
        },
        cases,
        context,
      );
    } finally {
      page.close();
    }
  });
}

/** One connection that asks and judges the answers; opened again when it was hung up on. */
class Page {
  private readonly served: Served;
  private socket: WebSocket;
  private lastId = 0;

  private constructor(served: Served, socket: WebSocket) {
    this.served = served;
    this.socket = socket;
  }

  static async open(served: Served): Promise<Page> {
    return new Page(served, await openSocket(served));
  }

  async ask(name: string, shape: string, input: unknown): Promise<string | undefined> {
    if (this.socket.readyState !== WebSocket.OPEN) {
      this.socket = await openSocket(this.served);
      this.lastId = 0;
    }
    const id = ++this.lastId;
    const kind = shape === 'subscription' ? ('subscribe' as const) : ('call' as const);
    const answer = new Promise<string | undefined>((resolve) => {
      const finish = (fault: string | undefined): void => {
        clearTimeout(quiet);
        stopWatching();
        this.socket.off('message', onMessage).off('close', onClose);
        resolve(fault);
      };
      const quiet =
        kind === 'subscribe' ? setTimeout(() => finish(undefined), QUIET_MS) : undefined;
      const stopWatching = watchForHang(this.served.pid, () =>
        finish(`${name} did not answer within 5 s of the host's processor time`),
      );
      // What breaks the rules of frames (JSON of three hundred levels) ends the connection, with this code.
      const onClose = (code: number): void =>
        finish(
          code === closeCodes.violation ? undefined : `${name} ended the connection (${code})`,
        );
      const onMessage = (bytes: Buffer): void => {
        const frame = decodeFrame(ServerFrame, bytes, DEFAULT_LIMIT_BYTES);
        if (!('id' in frame) || frame.id !== id) return;
        if (frame.kind === 'event') finish(undefined);
        else if (frame.error === undefined) finish(undefined);
        else if (frame.error.code === 'internal') finish(`a defect: ${frame.error.message}`);
        else finish(faultOfSentence(frame.error.code, frame.error.message));
      };
      this.socket.on('message', onMessage).on('close', onClose);
    });
    this.send({ kind, id, name, input });
    const fault = await answer;
    if (kind === 'subscribe') this.send({ kind: 'unsubscribe', id });
    return fault;
  }

  close(): void {
    this.socket.terminate();
  }

  private send(frame: ClientFrame): void {
    if (this.socket.readyState === WebSocket.OPEN) {
      this.socket.send(encodeFrame(frame, DEFAULT_LIMIT_BYTES));
    }
  }
}

/** `greets`: says hello, as the first message must be. */
export function openSocket(
  { port, cookie }: Pick<Served, 'port' | 'cookie'>,
  greets = true,
): Promise<WebSocket> {
  const host = `127.0.0.1:${port}`;
  const socket = new WebSocket(`ws://${host}/rpc`, {
    headers: { host, cookie, origin: `http://${host}` },
    perMessageDeflate: false,
  });
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => {
      if (greets) socket.send(encodeFrame(hello(CONTRACT_VERSION), DEFAULT_LIMIT_BYTES));
      resolve(socket);
    });
  });
}

const valid = encodeFrame(
  { kind: 'call', id: 1, name: 'runs.list', input: {} },
  DEFAULT_LIMIT_BYTES,
);

const messages = fc.oneof(
  byteChanges.map((changes) => changedBytes(valid, changes)),
  fc.uint8Array({ maxLength: 200 }),
);

const rawBytes = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 64 }),
  // A masked binary frame with a message in it, whole or changed.
  messages.map((message) => maskedFrame(message)),
  fc
    .tuple(messages, byteChanges)
    .map(([message, changes]) => changedBytes(maskedFrame(message), changes)),
);

function maskedFrame(message: Uint8Array): Uint8Array {
  const head =
    message.length < 126
      ? [message.length | 0x80]
      : [0xfe, message.length >> 8, message.length & 255];
  return Uint8Array.from([0x82, ...head, 0, 0, 0, 0, ...message]);
}

const frames = fc.record({
  isKnown: fc.boolean(),
  greets: fc.boolean(),
  chunks: fc.array(rawBytes, { minLength: 1, maxLength: 4 }),
});

export function fuzzFrames(cases: number, context: Context): Promise<Outcome> {
  return withServed(context, (served) =>
    checkProperty(
      {
        input: frames,
        fault: async ({ isKnown, greets, chunks }) => {
          const greeting = maskedFrame(encodeFrame(hello(CONTRACT_VERSION), DEFAULT_LIMIT_BYTES));
          const head = upgradeRequest(served.port, isKnown ? served.cookie : undefined);
          await sendRaw(served.port, [head, ...(greets ? [greeting] : []), ...chunks]);
          return served.fault();
        },
        describe: ({ chunks, ...rest }) => ({ ...rest, chunks: chunks.map(hex) }),
      },
      cases,
      context,
    ),
  );
}

/** Sends, waits a moment for what the other end does, and hangs up. */
function sendRaw(port: number, chunks: readonly Uint8Array[]): Promise<void> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      for (const chunk of chunks) socket.write(chunk);
    });
    setTimeout(() => socket.destroy(), 30);
    // A reset is one of the ends that are allowed.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.resume();
  });
}

const header = fc
  .tuple(
    fc.oneof(
      fc.constantFrom('Host', 'Origin', 'Cookie', 'Range', 'Content-Length', 'Transfer-Encoding'),
      fc.constantFrom('If-None-Match', 'Accept-Encoding', 'Connection', 'Upgrade', 'Expect'),
      fc.string({ minLength: 1, maxLength: 10 }),
    ),
    fc.oneof(
      fc.constantFrom(
        'chunked',
        '-1',
        '99999999999999',
        'bytes=5-1',
        'websocket',
        'evil.example',
        '*',
      ),
      fc.string({ maxLength: 60, unit: 'binary' }),
    ),
  )
  .map(([name, value]) => `${name}: ${value}`);

const target = fc.oneof(
  fc.constantFrom('/', '/rpc', '/index.html', '/assets/', '*', 'http://evil.example/', '//x', '/%'),
  fc.constantFrom(
    '/../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/..%5c..%5c',
    '/%00',
    '/?token=',
  ),
  fc.string({ maxLength: 200, unit: 'binary' }).map((text) => `/${text}`),
  fc.constant(`/${'a'.repeat(20_000)}`),
);

const requests = fc
  .record({
    method: fc.constantFrom(
      'GET',
      'GET',
      'HEAD',
      'POST',
      'PUT',
      'OPTIONS',
      'CONNECT',
      'TRACE',
      'G E T',
      '',
    ),
    target,
    version: fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/9', ''),
    headers: fc.array(header, { maxLength: 8 }),
    body: fc.string({ maxLength: 100 }),
  })
  .map(({ method, target: place, version, headers, body }) =>
    [`${method} ${place} ${version}`, ...headers, '', body].join('\r\n'),
  );

export function fuzzHttp(cases: number, context: Context): Promise<Outcome> {
  return withServed(context, (served) =>
    checkProperty(
      {
        input: requests,
        fault: async (text) => {
          await sendRaw(served.port, [new TextEncoder().encode(text)]);
          return served.fault();
        },
      },
      cases,
      context,
    ),
  );
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
