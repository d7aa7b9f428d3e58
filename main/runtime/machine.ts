// The facts about this machine that decide which TensorFlow it gets: platform, C library, NVIDIA GPUs.
// Asking for GPUs starts a program, so the facts carry a fingerprint that is cheap to compare.
import { stat } from 'node:fs/promises';
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

/** Files that an NVIDIA driver brings; when none is there, no GPU is asked for. */
const DRIVER_FILES: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: ['/proc/driver/nvidia/version', '/usr/lib/wsl/lib/libcuda.so.1'],
  win32: ['C:\\Windows\\System32\\nvcuda.dll'],
};
const SYSTEM_FILES = ['/etc/os-release'];

interface CheapFacts {
  readonly fingerprint: string;
  readonly hasNvidiaDriver: boolean;
}

/** A few calls of stat, so that a start with a staged runtime costs next to nothing. */
export async function cheapFacts(env: Environment): Promise<CheapFacts> {
  const { platform, arch } = process;
  const driver = await stamps(DRIVER_FILES[platform] ?? []);
  const system = platform === 'linux' ? await stamps(SYSTEM_FILES) : [];
  // What the user shows or hides belongs to the facts: an empty list means "no GPU".
  const visible = env['CUDA_VISIBLE_DEVICES'] ?? 'all';
  return {
    fingerprint: [platform, arch, ...driver, ...system, `visible:${visible}`].join('|'),
    hasNvidiaDriver: driver.length > 0,
  };
}

async function stamps(files: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const file of files) {
    try {
      const { size, mtimeMs } = await stat(file);
      // /proc stamps its files with the time of looking.
      found.push(file.startsWith('/proc') ? file : `${file}:${size}:${mtimeMs}`);
    } catch (error) {
      if (!hasErrorCode(error, 'ENOENT') && !hasErrorCode(error, 'EACCES')) throw error;
    }
  }
  return found;
}

export async function gatherFacts(env: Environment, signal?: AbortSignal): Promise<MachineFacts> {
  const { fingerprint, hasNvidiaDriver } = await cheapFacts(env);
  const hidden = ['', '-1'].includes(env['CUDA_VISIBLE_DEVICES'] ?? 'all');
  const gpus: GpuReport = hidden
    ? { gpus: [], problem: 'CUDA_VISIBLE_DEVICES hides every GPU' }
    : hasNvidiaDriver
      ? await queryGpus(env, signal)
      : { gpus: [] };
  return { platform: process.platform, arch: process.arch, libc: currentLibc(), gpus, fingerprint };
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
