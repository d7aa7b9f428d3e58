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

/** Does work that can be stopped. What was stopped before anything was made is no error. */
export async function stoppable(
  cli: Cli,
  terminal: Terminal,
  work: (signals: StopSignals) => Promise<void>,
): Promise<void> {
  const signals = listenForStop(terminal);
  try {
    await work(signals);
  } catch (error) {
    if (!signals.stop.aborted || !(error instanceof AppError) || error.code !== 'cancelled') {
      throw error;
    }
    terminal.result({ stopped: true }, () => 'Stopped before the training began.');
    cli.setExitCode(STOPPED_EXIT_CODE);
  } finally {
    signals.dispose();
  }
}

function listenForStop(terminal: Terminal): StopSignals & { dispose(): void } {
  const stop = new AbortController();
  const abandon = new AbortController();
  const onInterrupt = (): void => {
    if (abandon.signal.aborted) process.exit(STOPPED_EXIT_CODE);
    if (stop.signal.aborted) {
      terminal.note('Abandoning what came after the last checkpoint.');
      abandon.abort();
      return;
    }
    terminal.note('Stopping after this step; press again to abandon.');
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
