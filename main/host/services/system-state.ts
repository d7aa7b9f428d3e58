// What the machine and the trainers are doing, looked at every two seconds as long as anybody wants to know.
import os from 'node:os';
import type { SystemState } from '../../../shared/contract/app/system.ts';
import type { Library } from '../../store/library.ts';
import type { Environment } from '../trainer-launcher.ts';
import { readGpus } from './gpu-state.ts';
import { availableMemory, processUse, totalMemory } from './machine-memory.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';

export interface MonitorOptions {
  readonly library: Library;
  readonly scheduler: Scheduler;
  readonly env: Environment;
  readonly intervalMs?: number;
}

type Listener = (state: SystemState) => Promise<void>;

export class SystemMonitor {
  readonly #options: MonitorOptions;
  readonly #listeners = new Set<Listener>();
  readonly #loads = new LoadMeter();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor(options: MonitorOptions) {
    this.#options = options;
  }

  /** Resolves when the signal fires. */
  async follow(listener: Listener, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => void this.#look(), this.#options.intervalMs ?? 2000);
    void this.#look();
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.#listeners.delete(listener);
    if (this.#listeners.size === 0) this.close();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #look(): Promise<void> {
    // A slow nvidia-smi must not be asked twice at once.
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      const state = await this.#read();
      for (const listener of this.#listeners) void listener(state);
    } catch (error) {
      console.error(error);
    } finally {
      this.#isLooking = false;
    }
  }

  async #read(): Promise<SystemState> {
    const { library, scheduler, env } = this.#options;
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
          load: this.#loads.machine(),
          temperatureC: null,
        },
      ],
      ...counts,
      trainers: scheduler.active.flatMap(({ id, kind, pid }) =>
        kind !== 'training' || pid === undefined
          ? []
          : [{ run: id, pid, ...this.#loads.process(pid) }],
      ),
    };
  }
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
