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
      const binary = await electronFor(options, terminal);
      await (binary === undefined
        ? serve(cli, toServeOptions(options))
        : openWindow(cli, binary, options));
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

async function electronFor(
  { browser = false }: StartOptions,
  terminal: Terminal,
): Promise<string | undefined> {
  if (browser) return undefined;
  const { findElectron } = await import('../../app/find-electron.ts');
  const found = findElectron();
  if ('path' in found) return found.path;
  terminal.note(`No window: ${found.reason}. The app opens in a browser instead.`);
  return undefined;
}

function toServeOptions({ home, json, port }: StartOptions): ServeOptions {
  return {
    open: true,
    ...(home === undefined ? {} : { home }),
    ...(json === undefined ? {} : { json }),
    ...(port === undefined ? {} : { port }),
  };
}

async function openWindow(cli: Cli, binary: string, { home }: StartOptions): Promise<void> {
  const { launchElectron } = await import('../../app/launch.ts');
  const args = home === undefined ? [] : [`--home=${home}`];
  cli.setExitCode(await launchElectron(binary, { args, env: cli.env }));
}
