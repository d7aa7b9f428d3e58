// Asks NVIDIA's own tool which GPUs there are, and reads its answer. No judgement on what they are
// good for: that is `route.ts`.
import { runCommand } from './command.ts';
import type { Environment } from './runtime.ts';

export interface Gpu {
  readonly index: number;
  readonly name: string;
  readonly uuid: string;
  readonly driverVersion: string;
  /** `8.9`; empty when the driver is too old to say. */
  readonly computeCapability: string;
  readonly memoryMiB: number;
}

export interface GpuReport {
  readonly gpus: readonly Gpu[];
  /** Why there may be GPUs that are not listed; a clause without a full stop. */
  readonly problem?: string;
}

const FIELDS = ['index', 'name', 'uuid', 'driver_version', 'memory.total', 'compute_cap'] as const;
const TIMEOUT_MS = 20_000;

/** WSL and Windows do not always have it on the PATH. */
const PROGRAMS = ['nvidia-smi', '/usr/lib/wsl/lib/nvidia-smi'] as const;

export async function queryGpus(env: Environment, signal?: AbortSignal): Promise<GpuReport> {
  for (const program of PROGRAMS) {
    const ask = (fields: readonly string[]) =>
      runCommand(program, [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits'], {
        env,
        signal,
        timeoutMs: TIMEOUT_MS,
      });
    let result = await ask(FIELDS);
    if (!result.found) continue;
    // Drivers before 510 do not know compute_cap and then answer nothing at all.
    if (/compute_cap/.test(result.stdout + result.stderr)) result = await ask(FIELDS.slice(0, -1));
    return parseGpus(result.stdout, result.stderr, result.exitCode);
  }
  return {
    gpus: [],
    problem: 'an NVIDIA driver is there but nvidia-smi is not, so its GPUs are not known',
  };
}

export function parseGpus(stdout: string, stderr: string, exitCode: number | undefined): GpuReport {
  const gpus: Gpu[] = [];
  const lost: string[] = [];
  for (const line of stdout.split(/\r?\n/)) {
    const gpu = parseLine(line);
    if (gpu !== undefined) gpus.push(gpu);
    else if (line.trim() !== '') lost.push(line.trim());
  }
  if (exitCode === 0 && lost.length === 0) return { gpus };
  const firstLine = [...lost, ...stderr.split(/\r?\n/)].map((line) => line.trim()).find(Boolean);
  if (/^No devices were found/i.test(firstLine ?? '')) return { gpus };
  const what =
    firstLine ?? (exitCode === undefined ? 'it did not answer' : `exit code ${exitCode}`);
  return { gpus, problem: `nvidia-smi failed: ${what.replace(/\.$/, '')}` };
}

function parseLine(line: string): Gpu | undefined {
  const cells = line.split(',').map((cell) => cell.trim());
  const [index = '', name = '', uuid = '', driverVersion = '', memory = '', capability = ''] =
    cells;
  if (!/^\d+$/.test(index) || !uuid.startsWith('GPU-')) return undefined;
  return {
    index: Number(index),
    name,
    uuid,
    driverVersion,
    computeCapability: /^\d+\.\d+$/.test(capability) ? capability : '',
    // `[N/A]` on boards that share the system's memory (GB10, Jetson).
    memoryMiB: /^\d+$/.test(memory) ? Number(memory) : 0,
  };
}
