// `resnet-lab serve`: the app for a browser, on this machine or through an SSH tunnel.
import type { Command } from 'commander';
import { terminalFor, type Cli, type GlobalOptions } from '../cli.ts';
import { badOption, parseWhole } from '../option-values.ts';
import { stoppable } from '../stop-signals.ts';

interface ServeOptions extends GlobalOptions {
  readonly host?: string;
  readonly port?: string;
  readonly open?: boolean;
}

const LARGEST_PORT = 65_535;

export function addServe(parent: Command, cli: Cli): void {
  parent
    .command('serve')
    .description('serve the app to a browser on this machine')
    .option('--host <address>', 'where to listen; anything but 127.0.0.1 is open to others')
    .option('--port <n>', 'the port; without it the one of last time, or any free one')
    .option('--open', 'open the browser')
    .action(async (_: unknown, command: Command) => {
      await serve(cli, command.optsWithGlobals<ServeOptions>());
    });
}

export async function serve(cli: Cli, options: ServeOptions): Promise<void> {
  const terminal = terminalFor(cli, options);
  const port = options.port === undefined ? undefined : parsePort(options.port);
  const { runServe } = await import('../../serve/run-serve.ts');
  await stoppable(cli, terminal, async ({ stop }) => {
    await runServe({
      home: options.home,
      env: cli.env,
      host: options.host,
      port,
      open: options.open,
      stop,
      onNote: (sentence) => terminal.note(sentence),
      onAddress: (url, isFirst) => {
        if (isFirst) terminal.result({ url }, () => `ResNet Lab is at ${url}`);
        else terminal.note(`For another browser: ${url}`);
      },
    });
  });
}

function parsePort(text: string): number {
  const port = parseWhole('--port', text, 0);
  if (port > LARGEST_PORT) throw badOption('--port', `there is no port above ${LARGEST_PORT}`);
  return port;
}
