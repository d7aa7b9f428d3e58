// `resnet-lab serve` as a process of its own, on a library of its own. Whatever happens, neither it nor
// its trainers outlive `close`.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { childProcesses } from './processes.ts';

export const projectFolder = fileURLToPath(new URL('..', import.meta.url));

/** Under load the first start takes a while; nothing waits this long on an idle machine. */
const START_LIMIT_MS = 60_000;
const CLOSE_LIMIT_MS = 15_000;

export class ServedApp {
  readonly #libraryFolder: string;
  #child: ChildProcess;
  readonly #addresses: string[] = [];
  #used = 0;
  #printed = '';
  #onPrinted: () => void = () => undefined;

  private constructor(libraryFolder: string) {
    this.#libraryFolder = libraryFolder;
    this.#child = this.#begin();
  }

  static start(libraryFolder: string): ServedApp {
    return new ServedApp(libraryFolder);
  }

  /** What no program can prepare for. Its trainers notice and end by themselves. */
  async crash(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  /** After a crash; it is at the same address as before, and knows the browsers that it let in. */
  async startAgain(): Promise<void> {
    this.#printed = '';
    this.#addresses.length = 0;
    this.#used = 0;
    this.#child = this.#begin();
    await this.nextAddress();
    this.#used = 0;
  }

  /** All that was printed. */
  get log(): string {
    return this.#printed;
  }

  /** An address for one more browser; each lets in one. */
  async nextAddress(): Promise<string> {
    const limit = Date.now() + START_LIMIT_MS;
    while (this.#addresses.length <= this.#used) {
      if (this.#child.exitCode !== null) throw new Error(`serve ended:\n${this.#printed}`);
      if (Date.now() > limit) throw new Error(`serve printed no address:\n${this.#printed}`);
      await this.#printedMore(limit - Date.now());
    }
    return this.#addresses[this.#used++] ?? '';
  }

  /** Ids of the trainers that run now. */
  trainers(): readonly number[] {
    return childProcesses(this.#child.pid ?? 0)
      .filter(({ command }) => command.includes('trainer.js'))
      .map(({ id }) => id);
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const trainers = this.trainers();
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => {
      for (const id of trainers) kill(id);
      this.#child.kill('SIGKILL');
    }, CLOSE_LIMIT_MS);
    await ended;
    clearTimeout(timer);
  }

  #begin(): ChildProcess {
    const args = ['main/cli/resnet-lab.mjs', 'serve', '--home', this.#libraryFolder];
    const child = spawn(process.execPath, args, {
      cwd: projectFolder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        RESNET_LAB_HOME: undefined,
        RESNET_LAB_TEST_NETWORKS: '1',
        NO_COLOR: '1',
      },
    });
    const take = (chunk: Buffer): void => this.#take(chunk.toString());
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('exit', () => this.#onPrinted());
    return child;
  }

  #take(text: string): void {
    this.#printed += text;
    this.#addresses.length = 0;
    // An address is whole once its line is.
    for (const [address] of this.#printed.matchAll(/http:\/\/\S+token=[\w-]+(?=\s)/g)) {
      this.#addresses.push(address);
    }
    this.#onPrinted();
  }

  async #printedMore(limitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#onPrinted = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** It may be gone already. */
export function kill(id: number): void {
  try {
    process.kill(id, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
