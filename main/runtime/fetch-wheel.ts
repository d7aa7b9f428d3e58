// Fetches wheels with `pip download` into a folder that survives interruptions. pip checks each file
// against the index's hash; what was left whole by an earlier attempt is not fetched again.
import { randomUUID } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError, failure, hasErrorCode } from '../../shared/errors.ts';
import { explainFileError, folderBytes, makeFolder, requireSpace } from './cache.ts';
import { lastLines, runCommand } from './command.ts';
import type { CommandResult } from './command.ts';
import { requirePython, type Python } from './python.ts';
import type { Environment, OnProgress } from './runtime.ts';

export interface FetchOptions {
  /** A pip requirement, e.g. `tensorflow-cpu==2.21.0`. */
  readonly requirement: string;
  /** Only for this requirement; everything in it belongs to this fetch. */
  readonly folder: string;
  /** Room to have free before beginning. */
  readonly needBytes: number;
  readonly env: Environment;
  readonly platform?: NodeJS.Platform;
  readonly arch?: string;
  readonly onProgress: OnProgress;
  readonly signal?: AbortSignal | undefined;
}

/** Wheels contain the same libraries for every Python, so any version that has one will do. */
const OTHER_PYTHONS = ['3.12', '3.11', '3.13'] as const;

/** pip prints no progress unless it has a terminal, so the growing file is watched. */
const WATCH_INTERVAL_MS = 250;

/** The wheel that an earlier fetch has finished, if any. */
export async function findWheel(folder: string): Promise<string | undefined> {
  try {
    const name = (await readdir(folder)).find((entry) => entry.endsWith('.whl'));
    return name === undefined ? undefined : path.join(folder, name);
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Fetches the requirement afresh and returns the path of its wheel. */
export async function fetchWheel(options: FetchOptions): Promise<string> {
  const { requirement, folder, env, onProgress, signal } = options;
  const python = await requirePython(env, signal);
  await rm(folder, { recursive: true, force: true });
  // New names each time: a pip whose parent was killed may still be writing under the old ones.
  const attempt = path.join(folder, randomUUID());
  const partial = path.join(attempt, 'partial');
  const unfinished = path.join(attempt, 'unfinished');
  await makeFolder(partial);
  await makeFolder(unfinished);
  await requireSpace(folder, options.needBytes, `to fetch ${requirement}`);
  onProgress({
    step: 'download',
    message: `Fetching ${requirement} with pip ${python.pipVersion ?? ''}`,
  });

  const download = (extra: readonly string[]): Promise<CommandResult> =>
    pipDownload(python.command, { ...options, partial, unfinished, extra });

  let result = await download([]);
  const first = result;
  if (result.exitCode !== 0 && isNoMatch(result)) {
    for (const version of OTHER_PYTHONS) {
      // An unreachable index was already retried at length by the first call.
      result = await download([...otherPython(version, options), '--retries', '0']);
      if (result.exitCode === 0 || !isNoMatch(result)) break;
    }
  }
  if (result.exitCode !== 0) throw explainPipError(first, requirement, folder, env);
  const wheel = await findWheel(unfinished);
  if (wheel === undefined) throw explainPipError(result, requirement, folder, env);
  // pip copies into its destination, which a kill can cut short; a rename cannot be.
  const finished = path.join(folder, path.basename(wheel));
  await rename(wheel, finished);
  await rm(attempt, { recursive: true, force: true });
  return finished;
}

async function pipDownload(
  [program, ...leading]: Python['command'],
  options: FetchOptions & {
    /** Where pip collects the file. */
    readonly partial: string;
    /** Where it puts what is whole. */
    readonly unfinished: string;
    readonly extra: readonly string[];
  },
): Promise<CommandResult> {
  const { requirement, partial, unfinished, extra, env, signal, onProgress } = options;
  const watch = watchDownload(partial, requirement, onProgress);
  try {
    return await runCommand(
      program,
      [
        ...[...leading, '-m', 'pip', 'download', '--no-deps', '--only-binary=:all:'],
        ...['--dest', unfinished, ...extra, requirement],
      ],
      {
        env: {
          ...env,
          // pip collects the file here first; so a kill leaves nothing outside our folder.
          TMPDIR: partial,
          TEMP: partial,
          TMP: partial,
          PIP_DISABLE_PIP_VERSION_CHECK: '1',
          PIP_NO_INPUT: '1',
          PYTHONUNBUFFERED: '1',
          LC_ALL: 'C.UTF-8',
        },
        signal,
        onLine: watch.line,
      },
    );
  } finally {
    watch.stop();
  }
}

/**
 * Uses the wheel that an interrupted attempt has left, and fetches it when there is none or when what
 * was left turns out to be damaged. What has just been fetched and is damaged is an error.
 */
export async function withWheel<T>(
  options: FetchOptions,
  use: (wheel: string) => Promise<T>,
): Promise<T> {
  const left = await findWheel(options.folder);
  if (left !== undefined) {
    try {
      return await use(left);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'wheel-corrupt') throw error;
    }
  }
  return await use(await fetchWheel(options));
}

function isNoMatch(result: CommandResult): boolean {
  return /No matching distribution found|Could not find a version/.test(result.stderr);
}

function otherPython(version: string, options: FetchOptions): readonly string[] {
  const abi = `cp${version.replace('.', '')}`;
  const platforms = wheelPlatforms(
    options.platform ?? process.platform,
    options.arch ?? process.arch,
  );
  return ['--python-version', version, '--implementation', 'cp', '--abi', abi].concat(
    platforms.flatMap((platform) => ['--platform', platform]),
  );
}

/** The platform tags under which TensorFlow's wheels are published. */
export function wheelPlatforms(platform: NodeJS.Platform, arch: string): readonly string[] {
  const machine = arch === 'arm64' ? (platform === 'darwin' ? 'arm64' : 'aarch64') : 'x86_64';
  if (platform === 'darwin') return [`macosx_12_0_${machine}`];
  if (platform === 'linux') {
    return ['manylinux_2_27', 'manylinux_2_17', 'manylinux2014'].map((tag) => `${tag}_${machine}`);
  }
  return [];
}

/** Reports the size of what pip has collected so far against the size it announced. */
function watchDownload(partial: string, what: string, onProgress: OnProgress) {
  let announcedBytes = 0;
  let watching = Promise.resolve();
  const look = async () => {
    const gotBytes = await folderBytes(partial);
    const fraction = announcedBytes > 0 ? Math.min(1, gotBytes / announcedBytes) : undefined;
    if (gotBytes === 0 || fraction === undefined) return;
    onProgress({ step: 'download', message: `Fetching ${what}`, fraction });
  };
  const timer = setInterval(() => {
    // Only for show: a folder that vanishes meanwhile is reported by pip, not by its spectator.
    watching = watching.then(look).catch(() => undefined);
  }, WATCH_INTERVAL_MS);
  return {
    line: (line: string) => {
      announcedBytes += announcedSizeBytes(line);
    },
    stop: () => clearInterval(timer),
  };
}

/** `  Downloading x.whl (273.8 MB)` → bytes; 0 for any other line. */
export function announcedSizeBytes(line: string): number {
  const match = /^\s*Downloading \S+ \(([\d.]+) (bytes|kB|MB|GB)\)/.exec(line);
  if (match === null) return 0;
  const unit = { bytes: 1, kB: 1e3, MB: 1e6, GB: 1e9 }[match[2] ?? ''] ?? 0;
  return Number(match[1]) * unit;
}

const NETWORK =
  /connection broken|NewConnectionError|NameResolutionError|Temporary failure|timed out|ProxyError|SSLError|CERTIFICATE_VERIFY|ConnectionResetError|Connection refused|Max retries/i;

export function explainPipError(
  result: CommandResult,
  what: string,
  folder: string,
  env: Environment,
): unknown {
  const details = { output: lastLines(result.stderr), exitCode: result.exitCode ?? null };
  if (/no space left on device/i.test(result.stderr)) {
    return explainFileError(Object.assign(new Error('pip: no space'), { code: 'ENOSPC' }), folder);
  }
  if (NETWORK.test(result.stderr)) {
    return failure(
      'no-network',
      `pip could not reach its package index to fetch ${what}: check the network (and "pip config list" for a proxy or mirror) and start again, or set RESNET_LAB_RUNTIME to a folder with TensorFlow's libraries.`,
      { details },
    );
  }
  if (isNoMatch(result)) {
    const offline = env['PIP_NO_INDEX'] ? ' (PIP_NO_INDEX is set, so it asked no index)' : '';
    return failure(
      'wheel-not-found',
      `pip found no wheel of ${what} for this machine${offline}: check "pip config list", or set RESNET_LAB_RUNTIME to a folder with TensorFlow's libraries, or RESNET_LAB_RUNTIME_ROUTE=installer.`,
      { details },
    );
  }
  if (/do not match the hashes|hash mismatch/i.test(result.stderr)) {
    return failure(
      'download-corrupt',
      `What pip fetched for ${what} does not match its index's hash; start again, and if it stays so, run "pip cache purge" first.`,
      { details },
    );
  }
  const lastLine = lastLines(result.stderr, 1)[0] ?? result.killedBy ?? 'it said nothing';
  return failure(
    'download-failed',
    `pip could not fetch ${what}: ${lastLine.trim().replace(/\.$/, '')}; put that right and start again.`,
    { details },
  );
}
