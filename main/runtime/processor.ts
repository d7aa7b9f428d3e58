// What TensorFlow on the CPU can make use of: cores, memory, instruction sets. For people to read;
// nothing is decided by it.
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { hasErrorCode } from '../../shared/errors.ts';

export interface Processor {
  readonly model: string;
  /** Cores that this process may use. */
  readonly cores: number;
  /** Memory that this process may use. */
  readonly memoryBytes: number;
  /** Instruction sets that matter, best first, e.g. `AMX-BF16`; empty where they are not known. */
  readonly instructionSets: readonly string[];
}

/** Linux's names for them, best first. */
const FLAGS: readonly (readonly [flag: string, name: string])[] = [
  ['amx_bf16', 'AMX-BF16'],
  ['avx512_bf16', 'AVX512-BF16'],
  ['avx512_vnni', 'AVX512-VNNI'],
  ['avx512f', 'AVX512'],
  ['avx2', 'AVX2'],
  ['fma', 'FMA'],
  ['avx', 'AVX'],
];

export async function describeProcessor(): Promise<Processor> {
  return {
    model: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: usableMemoryBytes(),
    instructionSets: process.platform === 'linux' ? parseFlags(await readCpuInfo()) : [],
  };
}

/** A container's limit is what counts; without one Node reports 0 or an absurdly large number. */
function usableMemoryBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < os.totalmem() ? limit : os.totalmem();
}

async function readCpuInfo(): Promise<string> {
  try {
    return await readFile('/proc/cpuinfo', 'utf8');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'EACCES')) return '';
    throw error;
  }
}

export function parseFlags(cpuInfo: string): readonly string[] {
  const flags = new Set(/^flags\s*:\s*(.*)$/m.exec(cpuInfo)?.[1]?.split(/\s+/));
  return FLAGS.filter(([flag]) => flags.has(flag)).map(([, name]) => name);
}
