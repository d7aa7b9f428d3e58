// `resnet-lab zoo describe`: what a network is made of and costs, without building it.
import type { Command } from 'commander';
import { buildPlan } from '../../zoo/build-plan.ts';
import { formatSummary } from '../../zoo/describe.ts';
import { cifarInput } from '../../zoo/architecture.ts';
import { findArchitecture } from '../../zoo/registry.ts';
import { summarize } from '../../zoo/summary.ts';
import { terminalFor, type Cli, type GlobalOptions } from '../cli.ts';
import { parseInputShape, parseWhole } from '../option-values.ts';
import { readArchitecture } from '../run-spec.ts';

interface Options extends GlobalOptions {
  readonly input?: string;
  readonly classes?: string;
  readonly batch?: string;
  readonly layers?: boolean;
}

export function addZooDescribe(parent: Command, cli: Cli): void {
  parent
    .command('describe')
    .description('layers, parameters, multiply-adds, memory and receptive field of a network')
    .argument('<name>', 'a name from `zoo list`, or a SPEC.json')
    .option('--input <size>', 'HEIGHTxWIDTHxCHANNELS (default: what it was published for)')
    .option('--classes <n>', 'number of classes (default: what it was published for)')
    .option('--batch <n>', 'examples in a batch, for the activation memory', '128')
    .option('--layers', 'write out every layer, repeated blocks too')
    .action((name: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const terminal = terminalFor(cli, options);
      const published = findArchitecture(name);
      const input =
        options.input === undefined
          ? (published?.input ?? cifarInput)
          : parseInputShape(options.input);
      const classes =
        options.classes === undefined
          ? (published?.classes ?? 10)
          : parseWhole('--classes', options.classes);
      const batch = parseWhole('--batch', options.batch ?? '128');
      const summary = summarize(buildPlan(readArchitecture(name), { input, classes }));
      terminal.result(summary, () =>
        formatSummary(summary, { batch, allLayers: options.layers === true }),
      );
    });
}
