// Asks a target process, with a limit of five seconds, and starts another one when it hung or died.
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FuzzAnswer, FuzzEnd, FuzzInput } from './messages.ts';

const LIMIT_MS = 5000;
/** The first answer waits for the program to load. */
const START_MS = 60_000;

class TargetProcess {
  private child: ChildProcess | undefined;

  /**
   * What took too long is asked once more in a fresh process: on a busy machine the first may only have
   * waited for a processor.
   */
  async ask(input: FuzzInput): Promise<FuzzEnd> {
    const end = await this.askOnce(input);
    return end.kind === 'hung' ? await this.askOnce(input) : end;
  }

  close(): void {
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }

  private async askOnce(input: FuzzInput): Promise<FuzzEnd> {
    const end = await exchange(this.child ?? (await this.start()), input, LIMIT_MS);
    if (end.kind === 'hung' || end.kind === 'died') this.close();
    return end;
  }

  private async start(): Promise<ChildProcess> {
    const file = fileURLToPath(new URL('./torture-target.js', import.meta.url));
    const child = fork(file, [], {
      serialization: 'advanced',
      execArgv: ['--enable-source-maps', '--max-old-space-size=2048'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.child = child;
    const end = await exchange(child, { target: 'recipe', json: {} }, START_MS);
    if (end.kind !== 'success')
      throw new Error(`The target could not start: ${JSON.stringify(end)}`);
    return child;
  }
}

/** One for all attacks: starting a process costs more than a hundred cases. Closed by the suite's end. */
export const target = new TargetProcess();

function exchange(child: ChildProcess, input: FuzzInput, withinMs: number): Promise<FuzzEnd> {
  return new Promise((resolve) => {
    const finish = (end: FuzzEnd): void => {
      clearTimeout(timer);
      child.removeAllListeners('message').removeAllListeners('exit');
      resolve(end);
    };
    const timer = setTimeout(() => finish({ kind: 'hung' }), withinMs);
    child.once('message', (answer) => finish(answer as FuzzAnswer));
    child.once('exit', (code, signal) =>
      finish({ kind: 'died', how: signal ?? `exit code ${code}` }),
    );
    child.send(input);
  });
}
