// Utility processes in tests: real Node processes behind the documented interface, with the manners that
// its documentation and its issues tell of.
import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import os from 'node:os';

const shim = fileURLToPath(new URL('./parent-port.mjs', import.meta.url));

interface ForkOptions {
  readonly env?: Record<string, string>;
  readonly stdio?: readonly string[];
  readonly serviceName?: string;
}

export function forkUtilityProcess(
  modulePath: string,
  args: readonly string[],
  options: ForkOptions,
): FakeUtilityProcess {
  return new FakeUtilityProcess(modulePath, args, options);
}

export class FakeUtilityProcess extends EventEmitter {
  stdout: PassThrough | null = null;
  stderr: PassThrough | null = null;
  pid: number | undefined;
  readonly options: ForkOptions;
  #child: ChildProcess | undefined;
  #isInExit = false;

  constructor(modulePath: string, args: readonly string[], options: ForkOptions) {
    super();
    this.options = options;
    const [stdin, stdout, stderr] = options.stdio ?? [];
    if (stdin !== 'ignore') throw new Error('stdin value other than ignore is not supported.');
    const child = fork(modulePath, [...args], {
      env: options.env,
      execArgv: ['--import', shim],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    if (stdout === 'pipe') this.stdout = child.stdout!.pipe(new PassThrough());
    if (stderr === 'pipe') this.stderr = child.stderr!.pipe(new PassThrough());
    child.on('spawn', () => {
      this.pid = child.pid;
      this.emit('spawn');
    });
    child.on('message', ({ message }: { message: unknown }) => this.emit('message', message));
    child.on('exit', (code, signal) => {
      this.#isInExit = true;
      this.emit('exit', signal === null ? code : os.constants.signals[signal]);
      this.#isInExit = false;
      this.#child = undefined;
      this.pid = undefined;
      for (const stream of [this.stdout, this.stderr]) stream?.removeAllListeners();
      this.stdout = null;
      this.stderr = null;
    });
  }

  postMessage(message: unknown): void {
    // electron#53923: a segmentation fault of the main process.
    if (this.#isInExit) throw new Error('The main process has crashed.');
    this.#child?.send({ message }, () => undefined);
  }

  /** SIGTERM, whatever else one might wish for. */
  kill(): boolean {
    return this.#child?.kill('SIGTERM') ?? false;
  }
}
