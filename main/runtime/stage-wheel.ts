// The wheel route: fetch TensorFlow's wheel, take the libraries and headers from it, compile the
// binding against them. Leaves a complete runtime in the given folder, not yet checked.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError, failure } from '../../shared/errors.ts';
import { compileBinding, requireCompiler } from './compile-binding.ts';
import { fetchWheels, findWheels } from './fetch-wheel.ts';
import { BINDING_FILE, LIBRARY_FOLDER, wheelLibraries } from './layout.ts';
import type { DeviceKind, Environment, OnProgress } from './runtime.ts';
import { unpackTensorflowWheel } from './unpack-wheel.ts';
import type { UnpackedWheel } from './unpack-wheel.ts';

export interface StageFilesOptions {
  /** Where the runtime is built. */
  readonly folder: string;
  /** Where its downloads go, and may still be from an earlier attempt. */
  readonly downloads: string;
  readonly device: DeviceKind;
  readonly tensorflowVersion: string;
  readonly env: Environment;
  readonly onProgress: OnProgress;
  readonly signal?: AbortSignal | undefined;
}

export interface StagedFiles {
  readonly libraryFolder: string;
  /** What belongs to the runtime, relative to its folder; folders stand for all in them. */
  readonly files: readonly string[];
}

/** The wheel is 270 MB and its libraries 850 MB; what is free must hold both. */
const CPU_WHEEL_BYTES = 300e6;
const CUDA_WHEEL_BYTES = 700e6;

export async function stageFromWheel(options: StageFilesOptions): Promise<StagedFiles> {
  const { folder, downloads, device, env, onProgress, signal } = options;
  const libraries = wheelLibraries(process.platform);
  if (libraries === undefined) {
    throw failure('no-wheel', `TensorFlow's wheels cannot be used on ${process.platform}.`);
  }
  // Before the long download, not after it.
  await requireCompiler(env, signal);
  const libraryFolder = path.join(folder, LIBRARY_FOLDER);
  const includeFolder = path.join(folder, 'include');
  const unpack = (wheel: string): Promise<UnpackedWheel> =>
    unpackTensorflowWheel({ wheel, libraries, libraryFolder, includeFolder, onProgress, signal });
  await withWheels(
    {
      requirements: [tensorflowRequirement(device, options.tensorflowVersion)],
      folder: path.join(downloads, 'tensorflow'),
      needBytes: device === 'cuda' ? CUDA_WHEEL_BYTES : CPU_WHEEL_BYTES,
      env,
      onProgress,
      signal,
    },
    async ([wheel]) => unpack(wheel ?? ''),
  );
  await compileBinding({
    bindingPath: path.join(folder, BINDING_FILE),
    includeFolders: [includeFolder],
    libraries: libraries.map((name) => path.join(libraryFolder, name)),
    searchFolders: [path.join('..', '..', LIBRARY_FOLDER)],
    env,
    onProgress,
    signal,
  });
  await rm(includeFolder, { recursive: true });
  await rm(downloads, { recursive: true, force: true });
  return { libraryFolder: LIBRARY_FOLDER, files: [BINDING_FILE, LIBRARY_FOLDER] };
}

/** Only on Linux with x64 there is a wheel without CUDA beside the one with it. */
export function tensorflowRequirement(
  device: DeviceKind,
  version: string,
  platform: NodeJS.Platform = process.platform,
  arch: string = process.arch,
): string {
  const name =
    device === 'cpu' && platform === 'linux' && arch === 'x64' ? 'tensorflow-cpu' : 'tensorflow';
  return `${name}==${version}`;
}

/**
 * Uses wheels that an interrupted attempt has left, and fetches them when there are none or when what
 * was left turns out to be damaged. What has just been fetched and is damaged is an error.
 */
async function withWheels<T>(
  fetch: Parameters<typeof fetchWheels>[0],
  use: (wheels: readonly string[]) => Promise<T>,
): Promise<T> {
  const left = await findWheels(fetch.folder);
  if (left.length === fetch.requirements.length) {
    try {
      return await use(left);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'wheel-corrupt') throw error;
    }
  }
  return await use(await fetchWheels(fetch));
}
