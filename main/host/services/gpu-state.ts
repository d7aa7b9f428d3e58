// How the NVIDIA GPUs are doing, as nvidia-smi tells. Starts a program, so it is asked at most once a
// second and only where there is a driver.
import { cheapFacts } from '../../runtime/machine.ts';
import { runCommand } from '../../runtime/command.ts';
import type { Environment } from '../trainer-launcher.ts';

export interface GpuState {
  readonly index: number;
  readonly uuid: string;
  readonly name: string;
  readonly memoryUsedBytes: number;
  readonly memoryTotalBytes: number;
  /** 0 to 1. */
  readonly load: number | null;
  readonly temperatureC: number | null;
}

const fields = 'index,uuid,name,memory.used,memory.total,utilization.gpu,temperature.gpu';
const timeoutMs = 5_000;

/** Empty where there are none, or none that can be asked. */
export async function readGpus(env: Environment): Promise<readonly GpuState[]> {
  if (!(await cheapFacts()).hasNvidiaDriver) return [];
  const { stdout } = await runCommand(
    'nvidia-smi',
    [`--query-gpu=${fields}`, '--format=csv,noheader,nounits'],
    { env, timeoutMs },
  );
  return parseGpuStates(stdout);
}

export function parseGpuStates(stdout: string): readonly GpuState[] {
  return stdout.split(/\r?\n/).flatMap((line) => {
    const cells = line.split(',').map((cell) => cell.trim());
    const [index = '', uuid = '', name = '', used = '', total = '', load = '', celsius = ''] =
      cells;
    if (!/^\d+$/.test(index)) return [];
    const percent = numberOf(load);
    return [
      {
        index: Number(index),
        ...{ uuid, name },
        memoryUsedBytes: (numberOf(used) ?? 0) * 2 ** 20,
        memoryTotalBytes: (numberOf(total) ?? 0) * 2 ** 20,
        load: percent === null ? null : percent / 100,
        temperatureC: numberOf(celsius),
      },
    ];
  });
}

/** `[N/A]` and `[Not Supported]` on some boards. */
function numberOf(cell: string): number | null {
  return /^\d+(?:\.\d+)?$/.test(cell) ? Number(cell) : null;
}
