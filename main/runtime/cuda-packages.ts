// The CUDA libraries of the GPU wheel come as pip packages of their own. They keep the layout that the
// wheels expect of each other (`nvidia/<package>/lib` beside TensorFlow's folder).
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { failure, hasErrorCode } from '../../shared/errors.ts';
import { formatBytes, requireSpace } from './cache.ts';
import { throwIfAborted } from './command.ts';
import { withWheel } from './fetch-wheel.ts';
import type { Environment, OnProgress } from './runtime.ts';
import { explainUnpackError, progressMeter } from './unpack-wheel.ts';
import { openWheel } from './wheel-archive.ts';

/** The largest (cuDNN, cuBLAS) are below a gigabyte, and two to unpack. */
const PACKAGE_BYTES = 1e9;

/** Libraries to load, and ptxas with libdevice for compiling kernels; not headers nor static code. */
const WANTED = /^nvidia\/[^/]+\/(?:lib\/.*\.so(?:\.\d+)*|bin\/.*|nvvm\/.*)$/;

export interface CudaPackagesOptions {
  readonly requirements: readonly string[];
  readonly downloads: string;
  /** The `nvidia` folder to be filled. */
  readonly folder: string;
  readonly env: Environment;
  readonly onProgress: OnProgress;
  readonly signal?: AbortSignal | undefined;
}

export async function stageCudaPackages(options: CudaPackagesOptions): Promise<void> {
  const { requirements, downloads, env, onProgress, signal } = options;
  if (requirements.length === 0) {
    throw failure(
      'cuda-packages-unknown',
      'The TensorFlow wheel names no CUDA packages, so the GPU cannot be used with it; set RESNET_LAB_RUNTIME_ROUTE=wheel-cpu to train on the CPU.',
    );
  }
  for (const requirement of requirements) {
    const name = /^[A-Za-z0-9._-]+/.exec(requirement)?.[0] ?? requirement;
    const folder = path.join(downloads, name);
    await withWheel(
      { requirement, folder, needBytes: PACKAGE_BYTES, env, onProgress, signal },
      (wheel) => unpack(wheel, options),
    );
  }
}

async function unpack(wheel: string, options: CudaPackagesOptions): Promise<void> {
  const archive = await openWheel(wheel);
  try {
    const names = archive.names.filter((name) => WANTED.test(name));
    const totalBytes = names.reduce((sum, name) => sum + archive.sizeOf(name), 0);
    await requireSpace(path.dirname(wheel), totalBytes, 'to unpack CUDA');
    const message = `Unpacking ${path.basename(wheel)} (${formatBytes(totalBytes)})`;
    let doneBytes = 0;
    const onBytes = progressMeter((bytes) => {
      doneBytes += bytes;
      return { step: 'unpack', message, fraction: doneBytes / totalBytes };
    }, options.onProgress);
    for (const name of names) {
      const target = path.join(options.folder, name.slice('nvidia/'.length));
      await archive.unpack(name, target, {
        signal: options.signal,
        onBytes,
        executable: name.includes('/bin/'),
      });
    }
  } catch (error) {
    throwIfAborted(options.signal);
    throw explainUnpackError(error, wheel);
  } finally {
    archive.close();
  }
}

export interface CudaLinkage {
  /** Absolute paths, to be linked. */
  readonly libraries: readonly string[];
  /** Absolute folders in which they lie. */
  readonly folders: readonly string[];
}

const LINKED =
  /^lib(?:cudart|cublas|cublasLt|cudnn|cufft|cupti|curand|cusolver|cusparse|nccl|nvJitLink|nvrtc)\.so\.\d+$/;

/**
 * TensorFlow opens these by bare name when it starts. Linking the binding against them has them loaded
 * already by then, so that neither LD_LIBRARY_PATH nor a system-wide CUDA matters.
 */
export async function cudaLinkage(nvidiaFolder: string): Promise<CudaLinkage> {
  const libraries: string[] = [];
  const folders: string[] = [];
  for (const name of await namesIn(nvidiaFolder)) {
    const folder = path.join(nvidiaFolder, name, 'lib');
    const found = (await namesIn(folder)).filter((entry) => LINKED.test(entry));
    if (found.length === 0) continue;
    folders.push(folder);
    libraries.push(...found.map((entry) => path.join(folder, entry)));
  }
  return { libraries, folders };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'ENOTDIR')) return [];
    throw error;
  }
}
