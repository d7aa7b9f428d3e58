// Asks a target process, and starts another one when it hung or died.
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { watchForHang } from '../hang.ts';
import type { FuzzAnswer, FuzzEnd, FuzzInput } from './messages.ts';

class TargetProcess {
  private child: ChildProcess | undefined;

  async ask(input: FuzzInput): Promise<FuzzEnd> {
    const end = await exchange(this.child ?? (await this.start()), input);
    if (end.kind === 'hung' || end.kind === 'died') this.close();
    return end;
  }

  close(): void {
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }

  private async start(): Promise<ChildProcess> {
    const file = fileURLToPath(new URL('./torture-target.js', import.meta.url));
    const child = fork(file, [], {
      serialization: 'advanced',
      execArgv: ['--enable-source-maps', '--max-old-space-size=2048'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.child = child;
    const end = await exchange(child, { target: 'recipe', json: {} });
    if (end.kind !== 'success')
      throw new Error(`The target could not start: ${JSON.stringify(end)}`);
    return child;
  }
}

/** One for all attacks: starting a process costs more than a hundred cases. Closed by the suite's end. */
export const target = new TargetProcess();

function exchange(child: ChildProcess, input: FuzzInput): Promise<FuzzEnd> {
  return new Promise((resolve) => {
    const finish = (end: FuzzEnd): void => {
      stopWatching();
      child.removeAllListeners('message').removeAllListeners('exit');
      resolve(end);
    };
    const stopWatching = watchForHang(child.pid ?? 0, () => finish({ kind: 'hung' }));
    child.once('message', (answer) => finish(answer as FuzzAnswer));
    child.once('exit', (code, signal) =>
      finish({ kind: 'died', how: signal ?? `exit code ${code}` }),
    );
    child.send(input);
  });
}
