// `resnet-lab start`, which is `npm start`: everything that is needed before the first training, then
// the app, in Electron's window where there is one and in a browser where there is not.
import type { Command } from 'commander';
import { AppError } from '../../../shared/errors.ts';
import { ensurePage } from '../built-page.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { formatPreparing } from '../run-progress.ts';
import { stoppable, type StopSignals, type StopWords } from '../stop-signals.ts';
import type { Terminal } from '../terminal.ts';
import { serve, type ServeOptions } from './serve.ts';

interface StartOptions extends GlobalOptions {
  readonly port?: string;
  readonly browser?: boolean;
}

export function addStart(parent: Command, cli: Cli): void {
  parent
    .command('start')
    .description('make everything ready and open the app')
    .option('--browser', 'open it in a browser, even where there is a window')
    .option('--port <n>', "the port for the browser; without it last time's, or any free one")
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<StartOptions>();
      const terminal = terminalFor(cli, options);
      const state = { isReady: false };
      const prepare = async ({ stop }: StopSignals): Promise<void> => {
        await stageRuntime(cli, { options, terminal, stop });
        await ensurePage(terminal, { stop });
        state.isReady = true;
      };
      await stoppable(cli, terminal, prepare, preparingWords);
      if (!state.isReady) return;
      if (options.browser === true || !(await openedWindow(cli, options, terminal))) {
        await serve(cli, toServeOptions(options));
      }
    });
}

const preparingWords: StopWords = {
  stopping: 'Stopping.',
  abandoning: 'Stopping at once.',
  stopped: 'Stopped before the app was open.',
};

/** Without TensorFlow the app is still good for looking; a run that is started says the same sentence. */
async function stageRuntime(
  cli: Cli,
  parts: { options: StartOptions; terminal: Terminal; stop: AbortSignal },
): Promise<void> {
  const { options, terminal, stop } = parts;
  try {
    await withHost(cli, options, async (host) => {
      const { tensorflowVersion, device } = await host.parts.ensureRuntime({
        onProgress: (progress) => {
          terminal.status(formatPreparing({ kind: 'preparing', ...progress }));
        },
        signal: stop,
      });
      terminal.clearStatus();
      const on = device === 'cuda' ? 'GPUs' : 'the processor';
      terminal.note(`TensorFlow ${tensorflowVersion} is ready to train on ${on}.`);
    });
  } catch (error) {
    terminal.clearStatus();
    if (stop.aborted || !(error instanceof AppError)) throw error;
    terminal.note(`Nothing can be trained yet: ${error.message}`);
  }
}

/** Opens the window and waits until it is closed; false, with the reason said, where none opens. */
async function openedWindow(cli: Cli, options: StartOptions, terminal: Terminal): Promise<boolean> {
  const instead = (reason: string): false => {
    terminal.clearStatus();
    terminal.note(`No window: ${reason}. The app opens in a browser instead.`);
    return false;
  };
  const { findElectron } = await import('../../app/find-electron.ts');
  let found = findElectron({ env: cli.env });
  if (!('path' in found) && found.packageFolder !== undefined) {
    const fetched = await fetchFor(cli, terminal, found.packageFolder);
    if (fetched === 'stopped') return true;
    if (fetched !== 'done') return instead(fetched.reason);
    found = findElectron({ env: cli.env });
  }
  if (!('path' in found)) return instead(found.reason);
  const { launchElectron } = await import('../../app/launch.ts');
  const args = options.home === undefined ? [] : [`--home=${options.home}`];
  const result = await launchElectron(found.path, { args, env: cli.env });
  if ('reason' in result) return instead(result.reason);
  cli.setExitCode(result.exitCode);
  return true;
}

/** Fetches Electron's binary; with the reason if it can't. */
async function fetchFor(
  cli: Cli,
  terminal: Terminal,
  packageFolder: string,
): Promise<'done' | 'stopped' | { readonly reason: string }> {
  const { fetchElectron } = await import('../../host/fetch-electron.ts');
  let result: 'done' | 'stopped' | { readonly reason: string } = 'stopped';
  const work = async ({ stop }: StopSignals): Promise<void> => {
    try {
      await fetchElectron({
        packageFolder,
        env: cli.env,
        signal: stop,
        onProgress: (message) => terminal.status(message),
      });
      terminal.clearStatus();
      terminal.note('Electron is ready.');
      result = 'done';
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'cancelled') throw error;
      result = { reason: error.message };
    }
  };
  await stoppable(cli, terminal, work, preparingWords);
  return result;
}

function toServeOptions({ home, json, port }: StartOptions): ServeOptions {
  return {
    open: true,
    ...(home === undefined ? {} : { home }),
    ...(json === undefined ? {} : { json }),
    ...(port === undefined ? {} : { port }),
  };
}
