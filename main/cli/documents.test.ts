import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { addTrainedRun, emptyLibrary } from '../host/testing/trained-library.ts';
import { DOCUMENTS, documentTable, ErrorAnswer } from './documents.ts';
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';

function commandsIn(command: Command, path: readonly string[] = []): string[] {
  return command.commands.flatMap((one) => {
    const own = [...path, one.name()];
    return one.commands.length > 0 ? commandsIn(one, own) : [own.join(' ')];
  });
}

/** The command line in this process, on its own library. */
async function run(home: string, args: readonly string[]): Promise<unknown> {
  let printed = '';
  const stdout = { write: (text: string) => (printed += text) };
  const stderr = { write: () => true };
  const cli = { stdout, stderr, env: process.env, setExitCode: () => undefined };
  try {
    await createProgram(cli).parseAsync([...args, '--json', '--home', home], { from: 'user' });
  } catch (error) {
    reportError(error, { stdout, stderr, json: true });
  }
  return JSON.parse(printed);
}

test('every command has a document, and the table of docs/automation.md says so', () => {
  const cli = {
    stdout: process.stdout,
    stderr: process.stderr,
    env: {},
    setExitCode: () => undefined,
  };
  expect(commandsIn(createProgram(cli)).sort()).toEqual(Object.keys(DOCUMENTS).sort());
  const file = fileURLToPath(new URL('../../docs/automation.md', import.meta.url));
  const plain = (table: string): string => table.replace(/ +/g, ' ').replace(/-{3,}/g, '---');
  expect(plain(fs.readFileSync(file, 'utf8'))).toContain(plain(documentTable()));
});

test('commands print what their schemas say', async () => {
  const library = emptyLibrary();
  const ids = [addTrainedRun(library), addTrainedRun(library, { seed: 2 })];
  const out = path.join(library.folder, 'out');
  const csv = path.join(library.folder, 'curves.csv');
  fs.writeFileSync(csv, 'step,loss\n1,2\n2,1\n');
  const said: readonly (readonly [string, ...string[]])[] = [
    ['zoo describe', 'resnet20'],
    ['recipes'],
    ['runs list'],
    ['runs show', ids[0]!],
    ['runs series', ids[0]!],
    ['runs import', csv],
    ['export', ids[0]!, '--format', 'tensorboard', '--out', out],
    ['report', ...ids, '--format', 'csv', '--out', out],
    ['runs delete', ids[0]!],
    ['runs trash'],
    ['runs restore', ids[0]!],
    ['runs delete', ...ids],
    ['runs purge', ids[1]!],
    ['library check'],
    ['library backup'],
    ['schema', 'runs', 'list'],
  ];
  for (const [command, ...args] of said) {
    const document = await run(library.folder, [...command.split(' '), ...args]);
    const parsed = DOCUMENTS[command]!.schema.safeParse(document);
    expect([command, parsed.error?.issues]).toEqual([command, undefined]);
  }
  const refused = await run(library.folder, ['runs', 'show', 'nothing']);
  expect(ErrorAnswer.parse(refused).error.code).toBe('no-such-run');
});
