// `resnet-lab schema`: the form of what a command prints with --json.
import type { Command } from 'commander';
import { inputError } from '../../../shared/errors.ts';
import { closestNames } from '../../../shared/spec/closest.ts';
import { terminalFor, type Cli, type GlobalOptions } from '../cli.ts';
import { DOCUMENTS, schemaOf } from '../documents.ts';

export function addSchema(parent: Command, cli: Cli): void {
  parent
    .command('schema')
    .description('the JSON Schema of what a command prints with --json')
    .argument('<command...>', 'such as `runs list`')
    .action((words: readonly string[], _: unknown, command: Command) => {
      const name = words.join(' ');
      const document = DOCUMENTS[name];
      if (document === undefined) throw noSuchCommand(name);
      const { version } = document;
      const schema = schemaOf(document);
      terminalFor(cli, command.optsWithGlobals<GlobalOptions>()).result(
        { command: name, version, schema },
        () => JSON.stringify(schema, null, 2),
      );
    });
}

function noSuchCommand(name: string): Error {
  const known = Object.keys(DOCUMENTS);
  const [close] = closestNames(name, known);
  const hint = close === undefined ? '' : ` Did you mean ${close}?`;
  return inputError('no-such-command', `There is no command "${name}".${hint}`, {
    details: { given: name, known },
  });
}
