// Ctrl-C for long commands: once asks to checkpoint and stop, twice ends the trainer at once, a third
// time ends this process. A polite kill or a closed terminal counts as once.
import { AppError } from '../../shared/errors.ts';
import type { Cli } from './cli.ts';
import type { Terminal } from './terminal.ts';

/** By the shell's convention 128 + 2: scripts can tell a stopped run from a finished or failed one. */
export const STOPPED_EXIT_CODE = 130;

export interface StopSignals {
  readonly stop: AbortSignal;
  readonly abandon: AbortSignal;
}

export interface StopWords {
  /** When asked to stop the first and the second time. */
  readonly stopping: string;
  readonly abandoning: string;
  /** The result, if nothing came of the work. */
  readonly stopped: string;
}

const trainingWords: StopWords = {
  stopping: 'Stopping after this step; press again to abandon.',
  abandoning: 'Abandoning what came after the last checkpoint.',
  stopped: 'Stopped before the training began.',
};

/** Does work that can be stopped. What was stopped before anything was made is no error. */
export async function stoppable(
  cli: Cli,
  terminal: Terminal,
  work: (signals: StopSignals) => Promise<void>,
  words: StopWords = trainingWords,
): Promise<void> {
  const signals = listenForStop(terminal, words);
  try {
    await work(signals);
  } catch (error) {
    if (!signals.stop.aborted || !isAnswerToStopping(error)) throw error;
    terminal.result({ stopped: true }, () => words.stopped);
    cli.setExitCode(STOPPED_EXIT_CODE);
  } finally {
    signals.dispose();
  }
}

function isAnswerToStopping(error: unknown): boolean {
  return error instanceof AppError && ['cancelled', 'staging-stopped'].includes(error.code);
}

function listenForStop(terminal: Terminal, words: StopWords): StopSignals & { dispose(): void } {
  const stop = new AbortController();
  const abandon = new AbortController();
  const onInterrupt = (): void => {
    if (abandon.signal.aborted) process.exit(STOPPED_EXIT_CODE);
    if (stop.signal.aborted) {
      terminal.note(words.abandoning);
      abandon.abort();
      return;
    }
    terminal.note(words.stopping);
    stop.abort();
  };
  const onPolite = (): void => {
    if (!stop.signal.aborted) onInterrupt();
  };
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onPolite);
  process.on('SIGHUP', onPolite);
  return {
    stop: stop.signal,
    abandon: abandon.signal,
    dispose: () => {
      process.off('SIGINT', onInterrupt);
      process.off('SIGTERM', onPolite);
      process.off('SIGHUP', onPolite);
    },
  };
}
