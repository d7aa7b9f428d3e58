// `resnet-lab serve`, without its options' parsing: the host services of a library behind a server, from
// the first address to the last checkpoint. What Electron's window is for a desktop, this is for a
// browser, on this machine or at the other end of an SSH tunnel.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { appContract, CONTRACT_VERSION } from '../../shared/contract/app/index.ts';
import { AppError, failure, messageOf } from '../../shared/errors.ts';
import { AppServices } from '../host/app-services.ts';
import { watchDefects } from '../host/defects.ts';
import { findChromium } from '../host/find-chromium.ts';
import type { HostParts } from '../host/host-parts.ts';
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
  const { env = process.env } = options;
  const pageFolder = options.pageFolder ?? builtPageFolder();
  requirePage(pageFolder);
  const opened = openHost({ home: options.home, env });
  try {
    await new LibraryServer(opened.parts, { ...options, env, pageFolder }).serve();
  } finally {
    opened.close();
  }
}

interface LibraryServerOptions extends RunServeOptions {
  readonly env: Environment;
  readonly pageFolder: string;
}

/** The services of one library and the server before them. */
class LibraryServer {
  readonly #options: LibraryServerOptions;
  readonly #libraryFolder: string;
  readonly #services: AppServices;
  readonly #requests = createPageRequests();
  /** Defect upon defect: the app is given up. */
  readonly #hopeless = new AbortController();
  #lastNote = '';
  #firstAddress: string | undefined;

  constructor(parts: HostParts, options: LibraryServerOptions) {
    this.#options = options;
    this.#libraryFolder = parts.library.folder;
    this.#services = new AppServices(parts, {
      capabilities: { printPdf: 'path' in findChromium({ env: options.env }) },
      desktop: { 'app.requests': this.#requests.handler },
      onError: (error) => this.#note(error),
    });
  }

  /** Until it is stopped, or given up. @throws AppError `port-in-use`, `host-defects` */
  async serve(): Promise<void> {
    const unwatch = watchDefects({
      logFile: path.join(this.#libraryFolder, 'defects.log'),
      onDefect: ({ sentence, isHopeless }) => {
        this.#options.onNote(sentence);
        this.#requests.send({ kind: 'note', message: sentence });
        if (isHopeless) this.#hopeless.abort();
      },
    });
    try {
      await this.#answerPages();
    } finally {
      await this.#closeServices();
      unwatch();
    }
    if (this.#hopeless.signal.aborted) throw givenUp(this.#libraryFolder);
  }

  async #answerPages(): Promise<void> {
    const { host = LOOPBACK, port = 0, open, env, stop, onNote } = this.#options;
    if (!isLoopback(host)) onNote(exposed(host));
    const record = readServeRecord(this.#libraryFolder);
    const start = (wanted: number): Promise<RunningServer> => this.#start(wanted, record.secret);
    const server = await startOn(port, record.lastPort, start);
    try {
      if (port === 0 && server.port !== record.lastPort) {
        writeServeRecord(this.#libraryFolder, { ...record, lastPort: server.port });
      }
      if (open === true) openBrowser(this.#firstAddress ?? '', { env, onProblem: onNote });
      await aborted(AbortSignal.any([stop, this.#hopeless.signal]));
    } finally {
      await server.close();
    }
  }

  #start(port: number, secret: Uint8Array): Promise<RunningServer> {
    const { host = LOOPBACK, token, pageFolder, onAddress, onNote } = this.#options;
    return startServer({
      contract: appContract,
      handlers: this.#services.handlers,
      version: CONTRACT_VERSION,
      ...{ pageFolder, host, port, secret, token },
      onAddress: (url) => {
        onAddress(url, this.#firstAddress === undefined);
        this.#firstAddress ??= url;
      },
      onInternalError: (error, what) => this.#note(error, what),
      onViolation: ({ message }) => onNote(`A page was hung up on. ${message}`),
    });
  }

  async #closeServices(): Promise<void> {
    const { abandon, onNote } = this.#options;
    if (this.#services.activeRuns() > 0) onNote(waiting);
    const closed = this.#services.close();
    const endTrainers = (): void => void this.#services.close(0);
    abandon?.addEventListener('abort', endTrainers, { once: true });
    if (abandon?.aborted === true) endTrainers();
    await closed;
  }

  /** What is looked at every second goes wrong every second; it is said once. */
  #note(error: unknown, what = 'the app'): void {
    const sentence = explain(error, what);
    if (sentence !== this.#lastNote) this.#options.onNote(sentence);
    this.#lastNote = sentence;
  }
}

const LOOPBACK = '127.0.0.1';

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
