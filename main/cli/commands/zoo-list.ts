// `resnet-lab zoo list`: every architecture that has a name.
import type { Command } from 'commander';
import { formatCount } from '../../../shared/format.ts';
import { buildPlan } from '../../zoo/build-plan.ts';
import { isTestNetwork, listArchitectures } from '../../zoo/registry.ts';
import { summarize } from '../../zoo/summary.ts';
import { terminalFor, type Cli, type GlobalOptions } from '../cli.ts';
import { formatTable } from '../table.ts';

export function addZooList(parent: Command, cli: Cli): void {
  parent
    .command('list')
    .description('list the architectures that have a name')
    .option('--all', 'the small networks of the tests as well')
    .action((_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { readonly all?: boolean }>();
      const terminal = terminalFor(cli, options);
      const entries = listArchitectures()
        .filter((entry) => options.all === true || !isTestNetwork(entry))
        .map((entry) => {
          const { name, title, family, citation, input, classes, spec } = entry;
          const { parameters, macs, depth } = summarize(buildPlan(spec, { input, classes }));
          return { name, title, family, depth, parameters, macs, input, classes, citation, spec };
        });
      terminal.result({ architectures: entries }, () =>
        formatTable(
          [
            { title: 'name' },
            { title: 'family' },
            { title: 'layers', right: true },
            { title: 'parameters', right: true },
            { title: 'multiply-adds', right: true },
            { title: 'input' },
            { title: 'classes', right: true },
            { title: 'from' },
          ],
          entries.map(({ name, family, depth, parameters, macs, input, classes, citation }) => [
            name,
            family,
            String(depth),
            formatCount(parameters),
            formatCount(macs),
            `${input.height}×${input.width}×${input.channels}`,
            String(classes),
            citation.arxiv === '' ? '' : `arXiv ${citation.arxiv}, ${citation.where}`,
          ]),
        ),
      );
    });
}
