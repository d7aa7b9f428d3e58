// `resnet-lab recipes`: the named recipes, where each comes from and what the app does otherwise.
import type { Command } from 'commander';
import { RECIPES } from '../../../shared/spec/recipes.ts';
import { terminalFor, type Cli, type GlobalOptions } from '../cli.ts';
import { formatPairs } from '../table.ts';

export function addRecipes(parent: Command, cli: Cli): void {
  parent
    .command('recipes')
    .description('named recipes for --recipe, and where each comes from')
    .action((_: unknown, command: Command) => {
      const terminal = terminalFor(cli, command.optsWithGlobals<GlobalOptions>());
      terminal.result({ recipes: RECIPES }, () =>
        RECIPES.map(({ name, title, source, differences }) =>
          formatPairs([
            [name, title],
            ['', source],
            ...differences.map((difference): [string, string] => ['', difference]),
          ]),
        ).join('\n\n'),
      );
    });
}
