// `resnet-lab mcp`: the library for agents, by the Model Context Protocol over stdin and stdout.
import type { Command } from 'commander';
import { withHost, terminalFor, type Cli, type GlobalOptions } from '../cli.ts';
import { runSpecs } from '../run-spec.ts';
import { stoppable } from '../stop-signals.ts';

interface Options extends GlobalOptions {
  readonly allowWrite?: boolean;
}

export function addMcp(parent: Command, cli: Cli): void {
  parent
    .command('mcp')
    .description('serve the library to an agent (Model Context Protocol over stdio)')
    .option('--allow-write', 'trainings may be started, paused, stopped and resumed')
    .addHelpText(
      'after',
      `
An agent starts it itself; in its settings: {"command": "resnet-lab", "args": ["mcp"]}. See docs/automation.md.`,
    )
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      // Stdout is the protocol's: whatever a library prints there would end the conversation.
      console.log = console.error;
      console.info = console.error;
      console.debug = console.error;
      const terminal = terminalFor(cli, options);
      const { serveMcp } = await import('../../mcp/serve-mcp.ts');
      await stoppable(cli, terminal, async ({ stop }) => {
        await withHost(cli, options, ({ parts }) =>
          serveMcp(parts, {
            allowWrite: options.allowWrite ?? false,
            specsOf: runSpecs,
            onError: (error) => terminal.note(String(error)),
            stop,
          }),
        );
      });
    });
}
