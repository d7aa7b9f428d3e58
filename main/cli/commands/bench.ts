// `resnet-lab bench`: the promises about speed, measured on this machine.
import type { Command } from 'commander';
import type { Cli, GlobalOptions } from '../cli.ts';

export function addBench(parent: Command, cli: Cli): void {
  parent
    .command('bench')
    .description('measure training speed against eager TensorFlow.js, PyTorch and Keras')
    .argument('[names...]', 'which measurements; all without')
    .action(async (names: readonly string[], _: unknown, command: Command) => {
      const { json = false } = command.optsWithGlobals<GlobalOptions>();
      const { runBenchmarks } = await import('../../host/native-programs.ts');
      cli.setExitCode(await runBenchmarks(names, { json, env: cli.env }));
    });
}
