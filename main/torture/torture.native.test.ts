// The quick part of the torture suite, through the same command as the whole: `npm run torture -- --quick`.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const program = fileURLToPath(new URL('start.mjs', import.meta.url));
/** A failure of another seed is found by `npm run torture`; here the same must come out every time. */
const SEED = '20260';

interface Report {
  readonly results: readonly {
    readonly attack: { readonly part: string; readonly name: string };
    readonly cases: number;
    readonly findings: readonly { readonly problem: string; readonly reproduction: string }[];
  }[];
}

test('Kills, hostile files and hostile pages: the quick part of the torture suite.', async () => {
  const { stdout, stderr, exitCode } = await torture('--quick', '--json', '--seed', SEED);
  expect(stderr).not.toContain('error[');
  const { results } = JSON.parse(stdout) as Report;
  expect(results.flatMap(({ findings }) => findings)).toEqual([]);
  expect(exitCode).toBe(0);
  // Nothing was left out: kills hit, and every kind of input was tried.
  const casesOf = (wanted: string): number[] =>
    results.flatMap(({ attack, cases }) => (attack.part === wanted ? [cases] : []));
  expect(casesOf('bit-exact').reduce((a, b) => a + b, 0)).toBe(2);
  expect(casesOf('fuzz').length).toBe(18);
});

test('An attack that does not exist is refused with the names of those that do.', async () => {
  const { exitCode, stderr } = await torture('fuzz/nothing');
  expect(exitCode).toBe(2);
  expect(stderr).toContain('error[no-such-attack]');
});

function torture(...args: readonly string[]) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise<{ stdout: string; stderr: string; exitCode: number | null }>(
    (resolve, reject) => {
      child.on('error', reject);
      child.on('close', (exitCode) => resolve({ stdout, stderr, exitCode }));
    },
  );
}
