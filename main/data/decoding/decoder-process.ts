// One decoder process as its owner sees it: messages, and how it ended. Node's `fork` everywhere: inside
// Electron its binary is told to behave as Node, which works from the main and from a utility process.
import { fork } from 'node:child_process';
import { FromDecoder, type ToDecoder } from './messages.ts';

export interface DecoderProcess {
  /** Does nothing once the process has ended. */
  send(batch: ToDecoder): void;
  kill(): void;
}

export interface DecoderEnd {
  /** `SIGSEGV`, or `exit code 1`. */
  readonly how: string;
  /** The last error on its standard error, or nothing. */
  readonly lastWords: string;
}

export interface DecoderListeners {
  readonly onMessage: (message: FromDecoder) => void;
  /** Once, after the last message. */
  readonly onEnd: (end: DecoderEnd) => void;
}

const KEPT_OUTPUT = 4000;

export function startDecoder(
  program: string,
  { onMessage, onEnd }: DecoderListeners,
): DecoderProcess {
  const child = fork(program, [], {
    // Its threads decode a file each; more of them only compete with other processes.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', UV_THREADPOOL_SIZE: '2' },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Not this process's own: a debugger's port or a test runner's loader is not the decoder's.
    execArgv: [],
  });
  let output = '';
  let how = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-KEPT_OUTPUT);
  });
  let isOver = false;
  child.on('message', (raw) => {
    const message = FromDecoder.safeParse(raw);
    // A process that talks nonsense is as good as one that crashed.
    if (!message.success) child.kill('SIGKILL');
    else if (!isOver) onMessage(message.data);
  });
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    onEnd({ how, lastWords: lastWordsOf(output) });
  };
  child.on('error', (error) => {
    if (child.pid !== undefined) return; // a failed send: the end of the process follows
    how = error.message;
    end();
  });
  child.on('exit', (code, signal) => {
    how = signal ?? `exit code ${code}`;
  });
  child.on('close', end);
  return {
    send: (batch) => {
      if (child.connected) child.send(batch, () => undefined);
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** Node prints the stack and its own version after the sentence. */
function lastWordsOf(output: string): string {
  const lines = output.trim().split('\n');
  return (lines.findLast((line) => /error|panic/i.test(line)) ?? lines.at(-1) ?? '').trim();
}
