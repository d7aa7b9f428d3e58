// The facts about this machine that decide which TensorFlow it gets: platform, C library, NVIDIA GPUs.
// Asking for GPUs starts a program, so the facts carry a fingerprint that is cheap to compare.
import { readFile, stat } from 'node:fs/promises';
import { hasErrorCode } from '../../shared/errors.ts';
import { queryGpus } from './nvidia-smi.ts';
import type { GpuReport } from './nvidia-smi.ts';
import type { Environment } from './runtime.ts';

export interface Libc {
  readonly kind: 'glibc' | 'musl' | 'other';
  /** `2.36`; empty where it has none. */
  readonly version: string;
}

export interface MachineFacts {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly libc: Libc;
  readonly gpus: GpuReport;
  /** Differs when the driver, the system or the machine may have changed. */
  readonly fingerprint: string;
}

/**
 * What an NVIDIA driver brings, by platform; when none is there, no GPU is asked for. How much of each
 * is compared: a text by its content, a device by being there, a library by its size and date.
 */
const DRIVER_SIGNS: Readonly<
  Partial<
    Record<NodeJS.Platform, readonly (readonly [file: string, by: 'text' | 'being' | 'date'])[]>
  >
> = {
  linux: [
    ['/proc/driver/nvidia/version', 'text'],
    // A container without access to the GPU sees the host's /proc, but not this.
    ['/dev/nvidiactl', 'being'],
    ['/usr/lib/wsl/lib/libcuda.so.1', 'date'],
  ],
  win32: [['C:\\Windows\\System32\\nvcuda.dll', 'date']],
};

interface CheapFacts {
  readonly fingerprint: string;
  readonly hasNvidiaDriver: boolean;
}

/** A few small files, so that a start with a staged runtime costs next to nothing. */
export async function cheapFacts(): Promise<CheapFacts> {
  const { platform, arch } = process;
  const driver: string[] = [];
  for (const [file, by] of DRIVER_SIGNS[platform] ?? []) {
    const sign = await signOf(file, by);
    if (sign !== undefined) driver.push(`${file}:${sign}`);
  }
  // Another system in the same home folder (a container, a cluster node) may have another C library.
  const system = platform === 'linux' ? ((await signOf('/etc/os-release', 'date')) ?? '') : '';
  return {
    fingerprint: [platform, arch, system, ...driver].join('|'),
    hasNvidiaDriver: driver.length > 0,
  };
}

async function signOf(file: string, by: 'text' | 'being' | 'date'): Promise<string | undefined> {
  try {
    if (by === 'text') return (await readFile(file, 'utf8')).split('\n')[0] ?? '';
    const { size, mtimeMs } = await stat(file);
    return by === 'being' ? '' : `${size}:${mtimeMs}`;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'EACCES')) return undefined;
    throw error;
  }
}

/**
 * CUDA_VISIBLE_DEVICES is not among the facts: it differs between jobs and trainers of one machine, and
 * a build for the GPU trains on the CPU as well.
 */
export async function gatherFacts(env: Environment, signal?: AbortSignal): Promise<MachineFacts> {
  const { platform, arch } = process;
  const { fingerprint, hasNvidiaDriver } = await cheapFacts();
  const gpus: GpuReport = hasNvidiaDriver ? await queryGpus(env, signal) : { gpus: [] };
  return { platform, arch, libc: currentLibc(), gpus, fingerprint };
}

/** Node's own report knows the C library it runs with; without its slow look at the network. */
export function currentLibc(): Libc {
  if (process.platform !== 'linux') return { kind: 'other', version: '' };
  const settings = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean };
  const before = settings.excludeNetwork ?? false;
  settings.excludeNetwork = true;
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  settings.excludeNetwork = before;
  const version = report.header?.glibcVersionRuntime;
  return version === undefined ? { kind: 'musl', version: '' } : { kind: 'glibc', version };
}
