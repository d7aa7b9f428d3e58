// The wheel route: fetch TensorFlow's wheel (and its CUDA packages), take the libraries and headers,
// compile the binding against them. Leaves a complete runtime in a folder, not yet checked.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { failure } from '../../shared/errors.ts';
import { compileBinding, requireCompiler } from './compile-binding.ts';
import { cudaLinkage, stageCudaPackages } from './cuda-packages.ts';
import { withWheel } from './fetch-wheel.ts';
import { BINDING_FILE, CUDA_FOLDER, LIBRARY_FOLDER, wheelLibraries } from './layout.ts';
import type { DeviceKind, Environment, OnProgress } from './runtime.ts';
import { unpackTensorflowWheel } from './unpack-wheel.ts';

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
  /** Relative to the runtime's folder, or absolute for libraries that are not ours. */
  readonly libraryFolder: string;
  /** What belongs to the runtime; folders stand for all in them. */
  readonly files: readonly string[];
}

/** Wheel and libraries together, so that a full disk is noticed before the long download. */
const CPU_WHEEL_BYTES = 1.15e9;
const CUDA_WHEEL_BYTES = 2.6e9;

export async function stageFromWheel(options: StageFilesOptions): Promise<StagedFiles> {
  const { folder, downloads, device, env, onProgress, signal } = options;
  const libraries = wheelLibraries(process.platform);
  if (libraries === undefined) {
    throw failure(
      'no-wheel',
      `TensorFlow's wheels cannot be used on ${process.platform}; set RESNET_LAB_RUNTIME_ROUTE=installer.`,
    );
  }
  // Before the long download, not after it.
  await requireCompiler(env, signal);
  const libraryFolder = path.join(folder, LIBRARY_FOLDER);
  const includeFolder = path.join(folder, 'include');
  const work = { env, onProgress, signal };
  const { cudaRequirements } = await withWheel(
    {
      requirement: tensorflowRequirement(device, options.tensorflowVersion),
      folder: path.join(downloads, 'tensorflow'),
      needBytes: device === 'cuda' ? CUDA_WHEEL_BYTES : CPU_WHEEL_BYTES,
      ...work,
    },
    (wheel) => unpackTensorflowWheel({ wheel, libraries, libraryFolder, includeFolder, ...work }),
  );
  const cudaFolder = path.join(folder, CUDA_FOLDER);
  if (device === 'cuda') {
    const requirements = cudaRequirements;
    await stageCudaPackages({ requirements, downloads, folder: cudaFolder, ...work });
  }
  const cuda = await cudaLinkage(cudaFolder);
  const bindingPath = path.join(folder, BINDING_FILE);
  await compileBinding({
    bindingPath,
    includeFolders: [includeFolder],
    libraries: [...libraries.map((name) => path.join(libraryFolder, name)), ...cuda.libraries],
    // Relative, because the finished folder is moved.
    searchFolders: [libraryFolder, ...cuda.folders].map((searched) =>
      path.relative(path.dirname(bindingPath), searched),
    ),
    ...work,
  });
  await rm(includeFolder, { recursive: true });
  await rm(downloads, { recursive: true, force: true });
  const files = [BINDING_FILE, LIBRARY_FOLDER, ...(device === 'cuda' ? [CUDA_FOLDER] : [])];
  return { libraryFolder: LIBRARY_FOLDER, files };
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
