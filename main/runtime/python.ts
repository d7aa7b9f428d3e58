// Finds a Python whose pip can fetch wheels. Only pip is used: no Python package is ever installed,
// imported or run.
import { failure } from '../../shared/errors.ts';
import { runCommand } from './command.ts';
import type { Environment } from './runtime.ts';

export interface Python {
  /** The command and its leading arguments, e.g. `py -3`. */
  readonly command: readonly [string, ...string[]];
  readonly version: string;
  /** undefined when this Python has no pip. */
  readonly pipVersion: string | undefined;
}

/** `PYTHON` if set (and then only that), else the usual names. */
export function pythonCandidates(
  env: Environment,
  platform: NodeJS.Platform = process.platform,
): readonly Python['command'][] {
  const chosen = env['PYTHON'];
  if (chosen) return [[chosen]];
  const usual: readonly Python['command'][] = [['python3'], ['python']];
  return platform === 'win32' ? [['py', '-3'], ...usual] : usual;
}

/** The first Python 3 with pip; else the first Python 3 at all; else undefined. */
export async function findPython(
  env: Environment,
  signal?: AbortSignal,
): Promise<Python | undefined> {
  let withoutPip: Python | undefined;
  for (const command of pythonCandidates(env)) {
    const [program, ...args] = command;
    const script =
      'import sys; print("%d.%d" % sys.version_info[:2]); import pip; print(pip.__version__)';
    const asked = await runCommand(program, [...args, '-c', script], { env, signal });
    const [version = '', pipVersion = ''] = asked.stdout.split(/\r?\n/);
    if (!/^3\.\d+$/.test(version)) continue;
    if (asked.exitCode === 0 && pipVersion !== '') return { command, version, pipVersion };
    withoutPip ??= { command, version, pipVersion: undefined };
  }
  return withoutPip;
}

export async function requirePython(env: Environment, signal?: AbortSignal): Promise<Python> {
  const python = await findPython(env, signal);
  const tried = pythonCandidates(env).map((command) => command.join(' '));
  const otherwise =
    'or set RESNET_LAB_RUNTIME_ROUTE=installer for TensorFlow 2.9.1, which needs no Python';
  if (python === undefined) {
    throw failure(
      'no-python',
      `No Python 3 was found (tried ${tried.join(', ')}), and its pip is needed once to fetch TensorFlow: install Python 3 with pip, set PYTHON to yours, ${otherwise}.`,
      { details: { tried } },
    );
  }
  if (python.pipVersion === undefined) {
    const command = python.command.join(' ');
    throw failure(
      'no-pip',
      `${command} (Python ${python.version}) has no pip, which is needed once to fetch TensorFlow: install it ("${command} -m ensurepip" or the package python3-pip), set PYTHON to a Python that has it, ${otherwise}.`,
      { details: { tried, python: command } },
    );
  }
  return python;
}
