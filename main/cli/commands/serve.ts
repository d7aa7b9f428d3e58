// `resnet-lab serve`: the app for a browser, on this machine or through an SSH tunnel.
import type { Command } from 'commander';
import { terminalFor, type Cli, type GlobalOptions } from '../cli.ts';
import { badOption, parseWhole } from '../option-values.ts';
import { ensurePage } from '../built-page.ts';
import { stoppable, type StopSignals, type StopWords } from '../stop-signals.ts';

export interface ServeOptions extends GlobalOptions {
  readonly host?: string;
  readonly port?: string;
  readonly open?: boolean;
  readonly page?: string;
}

const LARGEST_PORT = 65_535;

export function addServe(parent: Command, cli: Cli): void {
  parent
    .command('serve')
    .description('serve the app to a browser on this machine')
    .option('--host <address>', 'where to listen; anything but 127.0.0.1 is open to others')
    .option('--port <n>', 'the port; without it the one of last time, or any free one')
    .option('--open', 'open the browser')
    .option('--page <dir>', 'the folder of a page that was built elsewhere')
    .action(async (_: unknown, command: Command) => {
      await serve(cli, command.optsWithGlobals<ServeOptions>());
    });
}

export async function serve(cli: Cli, options: ServeOptions): Promise<void> {
  const terminal = terminalFor(cli, options);
  const port = options.port === undefined ? undefined : parsePort(options.port);
  const { runServe } = await import('../../serve/run-serve.ts');
  const work = async ({ stop, abandon }: StopSignals): Promise<void> => {
    if (options.page === undefined) await ensurePage(terminal, { stop });
    await runServe({
      home: options.home,
      env: cli.env,
      host: options.host,
      port,
      open: options.open,
      pageFolder: options.page,
      stop,
      abandon,
      onNote: (sentence) => terminal.note(sentence),
      onAddress: (url, isFirst) => {
        if (isFirst) terminal.result({ url }, () => `ResNet Lab is at ${url}`);
        else terminal.note(`For another browser: ${url}`);
      },
    });
  };
  await stoppable(cli, terminal, work, closingWords);
}

const closingWords: StopWords = {
  stopping: 'Closing.',
  abandoning: 'Ending what is being trained.',
  stopped: 'Stopped before the app was open.',
};

function parsePort(text: string): number {
  const port = parseWhole('--port', text, 0);
  if (port > LARGEST_PORT) throw badOption('--port', `there is no port above ${LARGEST_PORT}`);
  return port;
}
