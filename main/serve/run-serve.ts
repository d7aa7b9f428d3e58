// `resnet-lab serve`, without its options' parsing: the host services of a library behind a server, from
// the first address to the last checkpoint. What Electron's window is for a desktop, this is for a
// browser, on this machine or at the other end of an SSH tunnel.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { appContract, CONTRACT_VERSION } from '../../shared/contract/app/index.ts';
import { AppError, failure, messageOf } from '../../shared/errors.ts';
import { createAppServices } from '../host/app-services.ts';
import { watchDefects } from '../host/defects.ts';
import { findChromium } from '../host/find-chromium.ts';
import { openHost } from '../host/open-host.ts';
import { createPageRequests } from '../host/page-requests.ts';
import type { Environment } from '../host/trainer-launcher.ts';
import { openBrowser } from './open-browser.ts';
import { isLoopback } from './request-checks.ts';
import { readServeRecord, writeServeRecord } from './serve-record.ts';
import { startServer, type RunningServer } from './start-server.ts';

export interface RunServeOptions {
  /** The library folder, if the user named one. */
  readonly home?: string | undefined;
  readonly env?: Environment;
  /** Loopback unless said otherwise. */
  readonly host?: string | undefined;
  /** 0 or nothing: the one it had last, if that is free, else any. */
  readonly port?: number | undefined;
  /** Opens the default browser. */
  readonly open?: boolean | undefined;
  /** Instead of addresses that let in one browser each; for scripts. */
  readonly token?: string | undefined;
  /** The built page; beside the bundle unless said otherwise. */
  readonly pageFolder?: string | undefined;
  /** An address to open: the first, and a new one whenever that was used. */
  readonly onAddress: (url: string, isFirst: boolean) => void;
  /** Warnings, and what went wrong where nobody waits for an answer. */
  readonly onNote: (sentence: string) => void;
  /** Ends it: pages are hung up on, running trainings write their checkpoint. */
  readonly stop: AbortSignal;
  /** Ends trainings at the checkpoint they have. */
  readonly abandon?: AbortSignal | undefined;
}

/** Resolves when everything is closed. @throws AppError `no-page`, `port-in-use`, `host-defects`, … */
export async function runServe(options: RunServeOptions): Promise<void> {
  const { onNote, stop, env = process.env, host = '127.0.0.1' } = options;
  const pageFolder = options.pageFolder ?? builtPageFolder();
  requirePage(pageFolder);
  const parts = openHost({ home: options.home, env });
  try {
    const record = readServeRecord(parts.library.folder);
    let lastNote = '';
    // What is looked at every second goes wrong every second.
    const note = (error: unknown, what = 'the app'): void => {
      const sentence = explain(error, what);
      if (sentence !== lastNote) onNote(sentence);
      lastNote = sentence;
    };
    const requests = createPageRequests();
    const services = createAppServices(parts.parts, {
      capabilities: { printPdf: 'path' in findChromium({ env }) },
      desktop: { 'app.requests': requests.handler },
      onError: note,
    });
    const hopeless = new AbortController();
    const unwatch = watchDefects({
      logFile: path.join(parts.library.folder, 'defects.log'),
      onDefect: ({ sentence, isHopeless }) => {
        onNote(sentence);
        requests.send({ kind: 'note', message: sentence });
        if (isHopeless) hopeless.abort();
      },
    });
    try {
      if (!isLoopback(host)) onNote(exposed(host));
      let isFirst = true;
      let firstAddress = '';
      const start = (port: number): Promise<RunningServer> =>
        startServer({
          contract: appContract,
          handlers: services.handlers,
          version: CONTRACT_VERSION,
          pageFolder,
          host,
          port,
          secret: record.secret,
          token: options.token,
          onAddress: (url) => {
            if (isFirst) firstAddress = url;
            options.onAddress(url, isFirst);
            isFirst = false;
          },
          onInternalError: note,
          onViolation: ({ message }) => onNote(`A page was hung up on. ${message}`),
        });
      const server = await startOn(options.port ?? 0, record.lastPort, start);
      try {
        if ((options.port ?? 0) === 0 && server.port !== record.lastPort) {
          writeServeRecord(parts.library.folder, { ...record, lastPort: server.port });
        }
        if (options.open === true) openBrowser(firstAddress, { env, onProblem: onNote });
        await aborted(AbortSignal.any([stop, hopeless.signal]));
      } finally {
        await server.close();
      }
    } finally {
      const active = services.activeRuns();
      if (active > 0) onNote(waiting);
      const closed = services.close();
      options.abandon?.addEventListener('abort', () => void services.close(0), { once: true });
      if (options.abandon?.aborted === true) void services.close(0);
      await closed;
      unwatch();
    }
    if (hopeless.signal.aborted) throw givenUp(parts.library.folder);
  } finally {
    parts.close();
  }
}

function givenUp(libraryFolder: string): AppError {
  const logFile = path.join(libraryFolder, 'defects.log');
  return failure(
    'host-defects',
    `The app went wrong again and again and was closed; what was being trained goes on from its checkpoint at the next start. Please report what ${logFile} says.`,
    { path: logFile },
  );
}

const waiting =
  'Waiting for what is being trained to write its checkpoint; press Ctrl-C again to end it at the one before.';

/** The port of last time, so that open pages find the server again and bookmarks stay true. */
async function startOn(
  port: number,
  lastPort: number,
  start: (port: number) => Promise<RunningServer>,
): Promise<RunningServer> {
  if (port !== 0 || lastPort === 0) return await start(port);
  try {
    return await start(lastPort);
  } catch (error) {
    // Whatever is wrong with that port, any other will do.
    if (error instanceof AppError) return await start(0);
    throw error;
  }
}

function builtPageFolder(): string {
  return fileURLToPath(new URL('../renderer', import.meta.url));
}

function requirePage(folder: string): void {
  if (fs.existsSync(path.join(folder, 'index.html'))) return;
  throw failure(
    'no-page',
    `The page is not built: ${folder} has no index.html. Run "npm run build".`,
    {
      path: folder,
    },
  );
}

function exposed(host: string): string {
  return `Other machines can reach ${host}, and nothing that is sent is encrypted: whoever reads along can use the app, and with it the files and devices of this machine. From elsewhere rather leave out --host and use "ssh -L 8080:127.0.0.1:PORT" with the port below.`;
}

function explain(error: unknown, what: string): string {
  if (error instanceof AppError) return error.message;
  const words = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
  return `A defect in ${what}: ${words}`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
