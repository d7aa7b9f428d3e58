// A Chromium of its own that nobody drives: a test tool listens to every message of the pages it drives,
// which costs processor time that no user pays. Tabs are opened and closed over HTTP; no page is attached to.
// https://chromedevtools.github.io/devtools-protocol/#endpoints
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { CHROMIUM_FLAGS } from './chromium-flags.ts';
import { processTree } from './processor-time.ts';
import { kill } from './served-app.ts';

const START_LIMIT_MS = 60_000;

interface Tab {
  readonly id: string;
  readonly type: string;
  readonly title: string;
}

export interface UndrivenBrowserOptions {
  readonly executable: string;
  /** A folder for its profile; must not exist. */
  readonly profile: string;
  readonly viewport: { readonly width: number; readonly height: number };
}

export class UndrivenBrowser {
  readonly #child: ChildProcess;
  readonly #origin: string;
  #tab: string;

  private constructor(child: ChildProcess, origin: string, tab: string) {
    this.#child = child;
    this.#origin = origin;
    this.#tab = tab;
  }

  static async start(options: UndrivenBrowserOptions): Promise<UndrivenBrowser> {
    const { executable, profile, viewport } = options;
    const args = [
      ...CHROMIUM_FLAGS,
      '--headless',
      '--no-sandbox',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      `--window-size=${viewport.width},${viewport.height}`,
      'about:blank',
    ];
    const child = spawn(executable, args, { stdio: 'ignore' });
    const port = await readPort(path.join(profile, 'DevToolsActivePort'), child);
    const origin = `http://127.0.0.1:${port}`;
    const tabs = (await ask(`${origin}/json/list`)) as Tab[];
    const first = tabs.find(({ type }) => type === 'page');
    if (!first) throw new Error('Chromium has started without a tab.');
    return new UndrivenBrowser(child, origin, first.id);
  }

  /** In the only tab: a tab behind others is not drawn. Waits until the tab is called `title`. */
  async open(address: string, title: string): Promise<void> {
    const before = this.#tab;
    // As a component, or the hash of the address would be taken for that of the request.
    const made = await ask(`${this.#origin}/json/new?${encodeURIComponent(address)}`, 'PUT');
    this.#tab = (made as Tab).id;
    await fetch(`${this.#origin}/json/close/${before}`);
    const limit = Date.now() + START_LIMIT_MS;
    for (;;) {
      const shown = (await this.#tabs()).find(({ id }) => id === this.#tab);
      if (shown?.title === title) return;
      if (Date.now() > limit) {
        throw new Error(`The tab is called “${shown?.title ?? ''}”, not “${title}”.`);
      }
      await pause(50);
    }
  }

  async #tabs(): Promise<readonly Tab[]> {
    return (await ask(`${this.#origin}/json/list`)) as Tab[];
  }

  processes(): readonly number[] {
    return this.#child.pid === undefined ? [] : processTree(this.#child.pid);
  }

  async close(): Promise<void> {
    const all = this.processes();
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
    all.forEach(kill);
  }
}

/** Written once it listens; the first line is the port. */
async function readPort(file: string, child: ChildProcess): Promise<string> {
  const limit = Date.now() + START_LIMIT_MS;
  while (Date.now() < limit && child.exitCode === null) {
    const [port] = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n') : [];
    if (port) return port;
    await pause(50);
  }
  throw new Error(`Chromium does not listen: ${file} has not come.`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function ask(address: string, method = 'GET'): Promise<unknown> {
  const answer = await fetch(address, { method });
  if (!answer.ok) throw new Error(`Chromium answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}
