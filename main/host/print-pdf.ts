// A self-contained HTML document as PDF, through the Chromium found on this machine. The document is not
// trusted: it runs in a profile of its own, and no name resolves, so that nothing can leave.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { failure, hasErrorCode } from '../../shared/errors.ts';
import { findChromium } from './find-chromium.ts';
import { createLastWords } from './last-words.ts';
import type { Environment } from './trainer-launcher.ts';

export interface PrintRequest {
  readonly html: string;
  readonly signal: AbortSignal;
}

/** @throws failure `no-chromium`, `print-failed`, `cancelled` */
export type PrintPdf = (request: PrintRequest) => Promise<Uint8Array<ArrayBuffer>>;

export interface ChromiumPrinterOptions {
  readonly env: Environment;
  readonly limitMs?: number;
  readonly userId?: number | undefined;
}

/** A large report takes seconds; whatever takes longer hangs. */
const defaultLimitMs = 60_000;
/** Time as the document sees it, for scripts that draw its charts. */
const scriptMs = 10_000;

export function chromiumPrinter(options: ChromiumPrinterOptions): PrintPdf {
  const { env, limitMs = defaultLimitMs, userId = process.getuid?.() } = options;
  return async ({ html, signal }) => {
    const found = findChromium({ env });
    if ('reason' in found) {
      throw failure('no-chromium', `A PDF is printed by Chromium. ${found.reason}`);
    }
    const folder = await mkdtemp(path.join(os.tmpdir(), 'resnet-lab-print-'));
    try {
      const source = path.join(folder, 'document.html');
      const target = path.join(folder, 'document.pdf');
      await writeFile(source, html);
      const words = await run(found.path, {
        args: [
          ...['--headless', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
          ...['--disable-background-networking', '--disable-component-update'],
          '--disable-extensions',
          '--host-resolver-rules=MAP * ~NOTFOUND',
          `--user-data-dir=${path.join(folder, 'profile')}`,
          // Its sandbox does not work for root.
          ...(userId === 0 ? ['--no-sandbox'] : []),
          `--virtual-time-budget=${scriptMs}`,
          '--no-pdf-header-footer',
          `--print-to-pdf=${target}`,
          pathToFileURL(source).href,
        ],
        env,
        signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
      });
      if (signal.aborted) throw failure('cancelled', 'Printing was stopped.');
      return await readPdf(target, found.path, words);
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  };
}

interface Run {
  readonly args: readonly string[];
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** Resolves when it has ended, however it did, with its last words. */
function run(program: string, { args, env, signal }: Run): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const words = createLastWords();
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env });
    const end = (): void => void child.kill('SIGKILL');
    signal.addEventListener('abort', end, { once: true });
    child.stderr.on('data', (chunk: Buffer) => words.add(chunk.toString()));
    const settle = (): void => {
      signal.removeEventListener('abort', end);
      resolve(words.lines());
    };
    child.on('error', (error) => {
      words.add(`${error.message}\n`);
      settle();
    });
    child.on('close', settle);
    if (signal.aborted) end();
  });
}

async function readPdf(
  file: string,
  program: string,
  words: readonly string[],
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(file));
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT')) throw error;
    throw failure(
      'print-failed',
      `${program} printed nothing: ${words.at(-1) ?? 'it said nothing'}. Export as HTML and print that from a browser.`,
      { path: program, cause: error, details: { lastWords: words } },
    );
  }
}
