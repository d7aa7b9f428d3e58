import { expect, test } from 'vitest';
import { inputError } from '../../shared/errors.ts';
import { onRuns } from './on-runs.ts';
import { createTerminal } from './terminal.ts';

function stop(references: readonly string[], json: boolean) {
  const written = { stdout: '', stderr: '' };
  const stdout = { write: (text: string) => (written.stdout += text) };
  const stderr = { write: (text: string) => (written.stderr += text) };
  let exitCode = 0;
  const cli = { stdout, stderr, env: {}, setExitCode: (code: number) => void (exitCode = code) };
  onRuns({
    ...{ cli, terminal: createTerminal({ stdout, stderr, json }), references },
    work: (reference) => {
      if (reference === 'gone') throw inputError('no-such-run', 'There is no run "gone".');
      return { id: reference };
    },
    line: ({ id }) => `Stopped ${id}.`,
  });
  return { ...written, exitCode };
}

test('What can be done is done; each refusal is a line with its code.', () => {
  expect(stop(['a', 'gone', 'b'], false)).toEqual({
    stdout: 'Stopped a.\nStopped b.\n',
    // A blank line parts notes from the result.
    stderr: 'error[no-such-run]: gone: There is no run "gone".\n\n',
    exitCode: 2,
  });
});

test('With --json the document has those that were done and those that refused.', () => {
  const { stdout, exitCode } = stop(['a', 'gone'], true);
  expect(JSON.parse(stdout)).toMatchObject({
    runs: [{ id: 'a' }],
    failed: [{ id: 'gone', error: { code: 'no-such-run' } }],
  });
  expect(exitCode).toBe(2);
});

test('One run alone that refuses is an ordinary error.', () => {
  expect(() => stop(['gone'], false)).toThrow('There is no run "gone".');
});
