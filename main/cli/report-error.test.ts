import { expect, test } from 'vitest';
import { failure, inputError } from '../../shared/errors.ts';
import { createProgram } from './program.ts';
import { reportError } from './report-error.ts';

interface Result {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

function report(error: unknown, json = false): Result {
  let stdout = '';
  let stderr = '';
  const exitCode = reportError(error, {
    json,
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
  });
  return { exitCode, stdout, stderr };
}

async function usage(args: string[], json = false): Promise<Result> {
  let printed = '';
  const sink = { write: (text: string) => (printed += text) };
  const program = createProgram({
    stdout: sink,
    stderr: sink,
    env: {},
    setExitCode: () => undefined,
  });
  const error: unknown = await program.parseAsync(args, { from: 'user' }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const result = report(error, json);
  return { ...result, stdout: printed + result.stdout };
}

test('Bad input exits with 2 and anything else with 1.', () => {
  expect(report(inputError('no-images', 'There are none.'))).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: 'error[no-images]: There are none.\n',
  });
  expect(report(failure('disk-full', 'No space.')).exitCode).toBe(1);
});

test('With --json the error is the document.', () => {
  const { stdout, stderr, exitCode } = report(
    inputError('no-images', 'There are none.', { details: { count: 0 }, path: 'photos' }),
    true,
  );
  expect(JSON.parse(stdout)).toEqual({
    error: { code: 'no-images', message: 'There are none.', details: { count: 0 }, path: 'photos' },
  });
  expect([stderr, exitCode]).toEqual(['', 2]);
});

test('A defect shows where it happened.', () => {
  const { stderr, exitCode } = report(new TypeError('x is not a function'));
  expect(stderr).toMatch(/^error\[internal\]: x is not a function\nTypeError: .*\n +at /);
  expect(exitCode).toBe(1);
});

test.each([
  [['trian'], "error[unknown-command]: Unknown command 'trian'. Did you mean train?"],
  [['zoo', 'lst'], "error[unknown-command]: Unknown command 'lst'. Did you mean list?"],
  [
    ['runs', 'list', '--grop', 'x'],
    "error[unknown-option]: Unknown option '--grop'. Did you mean --group?",
  ],
  [['runs', 'show'], "error[missing-argument]: Missing required argument 'id'."],
  [['train', '--arch', 'resnet20'], "Required option '--data <source>' not specified."],
  [['zoo', 'list', 'extra'], 'error[excess-arguments]: Too many arguments'],
])('The usage error of %j is a sentence with exit code 2.', async (args, sentence) => {
  const { stderr, stdout, exitCode } = await usage(args);
  expect(stderr).toContain(sentence);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect([stdout, exitCode]).toEqual(['', 2]);
});

test('Help is on stdout and no error; a group alone shows it and is one.', async () => {
  const help = await usage(['train', '--help']);
  expect(help.exitCode).toBe(0);
  expect(help.stdout).toContain('--set <path=value>');
  const group = await usage(['runs']);
  expect(group).toMatchObject({ exitCode: 2, stderr: '' });
  const json = await usage(['zoo', 'lst', '--json'], true);
  expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'unknown-command' } });
});
