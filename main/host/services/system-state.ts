// What the machine and the trainers are doing, looked at every two seconds as long as anybody wants to know.
import os from 'node:os';
import type { SystemState } from '../../../shared/contract/app/system.ts';
import type { Library } from '../../store/library.ts';
import type { Environment } from '../trainer-launcher.ts';
import { readGpus } from './gpu-state.ts';
import { availableMemory, processUse, totalMemory } from './machine-memory.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';

export interface SystemMonitor {
  /** Resolves when the signal fires. */
  follow(listener: (state: SystemState) => Promise<void>, signal: AbortSignal): Promise<void>;
  close(): void;
}

export interface MonitorOptions {
  readonly library: Library;
  readonly scheduler: Scheduler;
  readonly env: Environment;
  readonly intervalMs?: number;
}

type Listener = (state: SystemState) => Promise<void>;

export function createSystemMonitor(options: MonitorOptions): SystemMonitor {
  const { library, scheduler, env, intervalMs = 2000 } = options;
  const listeners = new Set<Listener>();
  const loads = new LoadMeter();
  let timer: NodeJS.Timeout | undefined;
  let isLooking = false;

  const read = async (): Promise<SystemState> => {
    const gpus = await readGpus(env);
    const counts = library.snapshot(() => ({
      running: library.runs.list({ status: ['running'], limit: 1 }).total,
      waiting: library.queue.list().filter((entry) => entry.device === null).length,
    }));
    return {
      devices: [
        ...gpus.map(({ name, memoryUsedBytes, memoryTotalBytes, load, temperatureC }) => ({
          kind: 'cuda' as const,
          ...{ name, memoryUsedBytes, memoryTotalBytes, load, temperatureC },
        })),
        {
          kind: 'cpu',
          name: os.cpus()[0]?.model.trim() ?? 'processor',
          memoryUsedBytes: Math.max(0, totalMemory() - availableMemory()),
          memoryTotalBytes: totalMemory(),
          load: loads.machine(),
          temperatureC: null,
        },
      ],
      ...counts,
      trainers: scheduler.active.flatMap(({ id, kind, pid }) =>
        kind !== 'training' || pid === undefined ? [] : [{ run: id, pid, ...loads.process(pid) }],
      ),
    };
  };
  const look = async (): Promise<void> => {
    // A slow nvidia-smi must not be asked twice at once.
    if (isLooking) return;
    isLooking = true;
    try {
      const state = await read();
      for (const listener of listeners) void listener(state);
    } catch (error) {
      console.error(error);
    } finally {
      isLooking = false;
    }
  };
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };

  return {
    follow: async (listener, signal) => {
      if (signal.aborted) return;
      listeners.add(listener);
      timer ??= setInterval(() => void look(), intervalMs);
      void look();
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      listeners.delete(listener);
      if (listeners.size === 0) stop();
    },
    close: stop,
  };
}

/** Loads are differences between two looks; the first look has none. */
class LoadMeter {
  private before: { busyMs: number; totalMs: number } | undefined;
  private readonly processes = new Map<number, { cpuMs: number; atMs: number }>();

  machine(): number | null {
    const times = os.cpus().map((cpu) => cpu.times);
    const sum = (pick: (time: os.CpuInfo['times']) => number): number =>
      times.reduce((total, time) => total + pick(time), 0);
    const totalMs = sum((time) => time.user + time.nice + time.sys + time.idle + time.irq);
    const busyMs = totalMs - sum((time) => time.idle);
    const { before } = this;
    this.before = { busyMs, totalMs };
    if (before === undefined || totalMs <= before.totalMs) return null;
    return Math.min(1, Math.max(0, (busyMs - before.busyMs) / (totalMs - before.totalMs)));
  }

  process(pid: number): { memoryBytes: number | null; load: number | null } {
    const use = processUse(pid);
    if (use === undefined) return { memoryBytes: null, load: null };
    const before = this.processes.get(pid);
    const atMs = performance.now();
    this.processes.set(pid, { cpuMs: use.cpuMs, atMs });
    const load = before === undefined ? null : (use.cpuMs - before.cpuMs) / (atMs - before.atMs);
    return { memoryBytes: use.memoryBytes, load };
  }
}
