// `resnet-lab doctor`: what was chosen to train with and why, and what is in the way.
import type { Command } from 'commander';
import { terminalFor, type Cli, type GlobalOptions } from '../cli.ts';

export function addDoctor(parent: Command, cli: Cli): void {
  parent
    .command('doctor')
    .description('report TensorFlow, devices, drivers and known dead ends')
    .action(async (_: unknown, command: Command) => {
      const { home, json } = command.optsWithGlobals<GlobalOptions>();
      const terminal = terminalFor(cli, { json: json ?? false });
      const { examine } = await import('../../host/doctor.ts');
      const report = await examine({ home, env: cli.env });
      terminal.result(report.document, () => report.text);
    });
}
