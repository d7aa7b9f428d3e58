// Whether exported files compute what this app computed: asked of the formats' own runtimes, where they are
// installed, in processes of their own. One that is missing is named, not an error.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { Agreement } from '../../shared/contract/app/exports.ts';
import { messageOf } from '../../shared/errors.ts';
import { formatDuration } from '../../shared/format.ts';
import { findPython } from '../runtime/python.ts';
import { projectFolder } from './program-files.ts';
import type { Environment } from './trainer-launcher.ts';

/** Importing TensorFlow in Python takes half a minute on a slow disk, more while a training has the processor. */
const DEADLINE_MS = 600_000;
const MOST_OUTPUT_BYTES = 1_000_000;

interface CheckOptions {
  readonly env: Environment;
  readonly signal?: AbortSignal | undefined;
  readonly deadlineMs?: number;
}

/** What every runtime says that is installed here. */
export async function checkExport(folder: string, options: CheckOptions): Promise<Agreement[]> {
  return [...(await checkInPython(folder, options)), ...(await checkInNode(folder, options))];
}

async function checkInPython(folder: string, options: CheckOptions): Promise<Agreement[]> {
  if (!fs.existsSync(path.join(folder, 'check.py'))) return [];
  const python = await findPython(options.env, options.signal);
  if (python === undefined) return [{ format: 'all', missing: 'Python 3' }];
  const [program, ...args] = python.command;
  return await answerOf(program, [...args, 'check.py'], folder, options);
}

/** Packages of the app do not have that runtime; a checkout has. */
async function checkInNode(folder: string, options: CheckOptions): Promise<Agreement[]> {
  const script = path.join(folder, 'check-onnx.cjs');
  if (!fs.existsSync(script) || 'electron' in process.versions) return [];
  return await answerOf(process.execPath, [script], folder, {
    ...options,
    env: { ...options.env, NODE_PATH: path.join(projectFolder(), 'node_modules') },
  });
}

async function answerOf(
  program: string,
  args: readonly string[],
  folder: string,
  { env, signal, deadlineMs = DEADLINE_MS }: CheckOptions,
): Promise<Agreement[]> {
  try {
    const { stdout } = await promisify(execFile)(program, [...args], {
      cwd: folder,
      timeout: deadlineMs,
      maxBuffer: MOST_OUTPUT_BYTES,
      env: { ...env, PYTHONDONTWRITEBYTECODE: '1', TF_CPP_MIN_LOG_LEVEL: '3' },
      ...(signal === undefined ? {} : { signal }),
    });
    return z.array(Agreement).parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
  } catch (error) {
    signal?.throwIfAborted();
    const [firstLine = ''] = messageOf(error).split('\n');
    const reason = isKilled(error)
      ? `it took more than ${formatDuration(deadlineMs)}; run it again in the export's folder when the machine is idle`
      : firstLine;
    return [{ format: 'all', missing: `an answer of ${args.at(-1) ?? program}: ${reason}` }];
  }
}

/** By the deadline: nothing else here ends it. */
function isKilled(error: unknown): boolean {
  return error instanceof Error && 'killed' in error && error.killed === true;
}
