// Fetches Electron's binary once, by the npm package's own installer, so that its mirrors, cache, proxy and
// checksums hold (ELECTRON_MIRROR, ELECTRON_CUSTOM_DIR, electron_config_cache …). An installer that gets no
// answer is ended within seconds; what it had is fetched anew the next time.
import path from 'node:path';
import { AppError, failure } from '../../shared/errors.ts';
import { formatBytes } from '../../shared/format.ts';
import { lastLines, runCommand, type CommandResult } from '../runtime/command.ts';
import { withLock } from '../runtime/lock.ts';
import type { Environment } from './trainer-launcher.ts';

export interface FetchElectronOptions {
  /** The folder of the npm package. */
  readonly packageFolder: string;
  readonly env: Environment;
  readonly signal?: AbortSignal | undefined;
  /** What is being done, with a percentage; without a final full stop. */
  readonly onProgress: (message: string) => void;
  /** How long the server may take for its first answer, and how long it may then be silent. */
  readonly firstAnswerMs?: number;
  readonly silenceMs?: number;
}

const FIRST_ANSWER_MS = 8_000;
const SILENCE_MS = 30_000;
/** So often the fetching process says how far it is. */
const REPORT_MS = 250;
const MARK = 'resnet-lab-electron ';

// Runs before the installer in its process and reports what it fetches. Plain JavaScript, given as text.
const WATCH_FETCH = `
  const say = (what) => console.log(${JSON.stringify(MARK)} + JSON.stringify(what));
  const plain = globalThis.fetch;
  globalThis.fetch = async (url, options) => {
    say({ kind: 'asked', url: String(url) });
    const response = await plain(url, options).catch((error) => {
      // The installer prints no causes.
      const { code, message } = error.cause ?? error;
      say({ kind: 'failed', cause: code ?? message });
      throw error;
    });
    const total = Number(response.headers.get('content-length') ?? 0);
    say({ kind: 'answered', status: response.status, total });
    if (!response.ok || response.body === null) return response;
    let done = 0;
    let last = 0;
    const counted = response.body.pipeThrough(new TransformStream({
      transform(chunk, controller) {
        done += chunk.length;
        if (Date.now() - last > ${REPORT_MS} || done === total) {
          last = Date.now();
          say({ kind: 'received', done, total });
        }
        controller.enqueue(chunk);
      },
    }));
    return new Response(counted, { status: response.status, headers: response.headers });
  };
`;

interface Report {
  readonly kind?: 'asked' | 'failed' | 'answered' | 'received';
  readonly url?: string;
  readonly cause?: string;
  readonly status?: number;
  readonly done?: number;
  readonly total?: number;
}

/**
 * Resolves when the binary is there; processes that want it at once wait for each other.
 * @throws failure `electron-not-fetched`, whose message completes "No window: …"; `cancelled`
 */
export async function fetchElectron(options: FetchElectronOptions): Promise<void> {
  const { packageFolder, signal, onProgress } = options;
  // Two installers at once spoil each other's files.
  const lock = path.join(packageFolder, '.fetching.lock');
  const onWait = ({ pid }: { readonly pid: number }): void =>
    onProgress(`Waiting for process ${pid}, which is fetching Electron`);
  try {
    await withLock(lock, { signal, onWait }, () => runInstaller(options));
  } catch (error) {
    if (signal?.aborted === true)
      throw failure('cancelled', 'Stopped before Electron was fetched.');
    if (error instanceof AppError && error.code !== 'electron-not-fetched') {
      throw notFetched(`Electron's binary cannot be fetched: ${error.message}`);
    }
    throw error;
  }
}

async function runInstaller(options: FetchElectronOptions): Promise<void> {
  const { packageFolder, env, signal, onProgress } = options;
  const { firstAnswerMs = FIRST_ANSWER_MS, silenceMs = SILENCE_MS } = options;
  const silent = new AbortController();
  let source = '';
  const answer = { hasCome: false };
  let cause: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  const wait = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => silent.abort(), ms);
  };
  const onLine = (line: string): void => {
    const report = parseReport(line);
    if (report === undefined) return;
    if (report.kind === 'asked') {
      source = hostOf(report.url ?? '');
      onProgress(`Asking ${source} for Electron`);
      wait(firstAnswerMs);
    } else if (report.kind === 'failed') {
      cause = report.cause;
    } else {
      answer.hasCome = true;
      wait(silenceMs);
    }
    if (report.kind === 'received') {
      const { done = 0, total = 0 } = report;
      onProgress(`Fetching Electron from ${source} … ${sizeText(done, total)}`);
      if (done === total) {
        // Unpacking says nothing and takes as long as the disk does.
        clearTimeout(timer);
        onProgress('Unpacking Electron');
      }
    }
  };
  const ends = signal === undefined ? silent.signal : AbortSignal.any([signal, silent.signal]);
  try {
    const watch = `data:text/javascript,${encodeURIComponent(WATCH_FETCH)}`;
    const args = ['--import', watch, path.join(packageFolder, 'install.js')];
    const result = await runCommand(process.execPath, args, {
      env: installerEnvironment(env),
      cwd: packageFolder,
      signal: ends,
      onLine,
    });
    if (result.exitCode !== 0) throw notFetched(explain(result, { source, cause }));
  } catch (error) {
    if (!silent.signal.aborted) throw error;
    throw notFetched(
      answer.hasCome
        ? `${source} stopped sending Electron's binary; start again to try once more`
        : `${source} did not answer when asked for Electron's binary (ELECTRON_MIRROR names another source)`,
    );
  } finally {
    clearTimeout(timer);
  }
}

/** The installer heeds the usual proxy variables only when it is told to. */
function installerEnvironment(env: Environment): Environment {
  const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];
  const hasProxy = names.some((name) => env[name]);
  return {
    ...env,
    ELECTRON_GET_NO_PROGRESS: '1',
    ...(hasProxy && env['ELECTRON_GET_USE_PROXY'] === undefined
      ? { ELECTRON_GET_USE_PROXY: 'true' }
      : {}),
  };
}

function parseReport(line: string): Report | undefined {
  return line.startsWith(MARK) ? (JSON.parse(line.slice(MARK.length)) as Report) : undefined;
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

function sizeText(done: number, total: number): string {
  if (total === 0) return formatBytes(done);
  return `${Math.floor((100 * done) / total)} % of ${formatBytes(total)}`;
}

/** What the installer's stack traces mean. */
function explain(
  result: CommandResult,
  { source, cause }: { readonly source: string; readonly cause: string | undefined },
): string {
  const output = result.stderr;
  const status = /HTTPError: Response code (\d+)/.exec(output)?.[1];
  if (status !== undefined) return `${source} refused Electron's binary (HTTP ${status})`;
  if (cause !== undefined) {
    return `Electron's binary could not be fetched from ${source} (${cause}); ELECTRON_MIRROR names another source, HTTPS_PROXY a proxy`;
  }
  if (/ChecksumMismatch|ChecksumParseError|did not match|NoChecksumFound/.test(output)) {
    return `what ${source} sent is not the Electron that its package names (checksum), and was thrown away`;
  }
  const first =
    lastLines(output, 50).find((line) => /error/i.test(line)) ?? lastLines(output, 1)[0];
  return `Electron's installer failed: ${first?.trim() ?? `it ended with code ${result.exitCode ?? 1}`}`;
}

function notFetched(sentence: string): AppError {
  return failure('electron-not-fetched', sentence);
}
