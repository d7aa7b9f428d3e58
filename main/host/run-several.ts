// Trains several runs at the same time, each in a trainer with its share of the cores: the same
// conditions for all, and nobody waits to see the last. On a GPU they share it. For comparisons that
// are watched; a queue of runs is faster one after the other.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { RunSpec } from '../../shared/spec/run.ts';
import { openLibrary } from '../store/library.ts';
import type { HostParts } from './host-parts.ts';
import type { TrainingEvent } from './training-events.ts';
import { RunService, type RunOptions, type RunRecord } from './run-service.ts';

export interface SeveralOptions extends Pick<RunOptions, 'stop' | 'abandon'> {
  readonly onEvent: (index: number, event: TrainingEvent) => void;
}

/** The records in the order of the specs. Rejects with the first failure, after all have ended. */
export async function trainSeveral(
  parts: HostParts,
  specs: readonly RunSpec[],
  { onEvent, stop, abandon }: SeveralOptions,
): Promise<RunRecord[]> {
  // Once for all: otherwise each would wait for the other to stage the same library.
  const runtime = await parts.ensureRuntime({
    onProgress: ({ message, fraction }) => onEvent(0, { kind: 'preparing', message, fraction }),
    signal: stop,
  });
  const sharing = withShareOfCores(
    { ...parts, ensureRuntime: () => Promise.resolve(runtime) },
    specs.length,
  );
  const runs = new RunService(sharing, { maxParallel: specs.length });
  const ended: Promise<RunRecord>[] = [];
  for (const [index, spec] of specs.entries()) {
    // The next begins when this one's data is in the cache, so that the same images are not decoded twice.
    const created = new Promise<void>((resolve) => {
      const run = runs.start(spec, {
        onEvent: (event) => {
          if (event.kind === 'created') resolve();
          onEvent(index, event);
        },
        stop,
        abandon,
      });
      ended.push(run);
      run.catch(() => resolve());
    });
    await created;
  }
  await Promise.allSettled(ended);
  return await Promise.all(ended);
}

function withShareOfCores(parts: HostParts, count: number): HostParts {
  const threads = String(Math.max(1, Math.floor(os.availableParallelism() / count)));
  const limits = { TF_NUM_INTRAOP_THREADS: threads, TF_NUM_INTEROP_THREADS: '1' };
  return { ...parts, env: { ...parts.env, ...limits } };
}

/**
 * How long a step of the slowest takes on this machine while all train. The specs must be longer than
 * `durationMs`. Nothing of it is kept in the library, except the packed dataset.
 */
export async function measureStepMs(
  parts: HostParts,
  specs: readonly RunSpec[],
  { onEvent, stop, abandon, durationMs }: SeveralOptions & { readonly durationMs: number },
): Promise<number> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-measure-'));
  const scratch = openLibrary(folder);
  const enough = new AbortController();
  const clocks = specs.map(() => new StepClock());
  const ends = [enough.signal, stop, abandon].filter((signal) => signal !== undefined);
  try {
    await trainSeveral(
      { ...parts, library: { ...scratch, cacheFolder: parts.library.cacheFolder } },
      specs,
      {
        stop,
        abandon: AbortSignal.any(ends),
        onEvent: (index, event) => {
          if (event.kind !== 'progress') {
            onEvent(index, event);
            return;
          }
          clocks[index]?.note(event);
          // The first one alone is faster: count from when all are running.
          if (!clocks.every((clock) => clock.isRunning)) clocks[index]?.restart();
          if (clocks.every((clock) => clock.durationMs >= durationMs)) enough.abort();
        },
      },
    );
    return Math.max(...clocks.map((clock) => clock.stepMs));
  } finally {
    scratch.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

interface Moment {
  readonly step: number;
  readonly elapsedMs: number;
}

class StepClock {
  private first: Moment | undefined;
  private last: Moment | undefined;

  get isRunning(): boolean {
    return this.first !== undefined;
  }

  get durationMs(): number {
    return (this.last?.elapsedMs ?? 0) - (this.first?.elapsedMs ?? 0);
  }

  get stepMs(): number {
    const steps = (this.last?.step ?? 0) - (this.first?.step ?? 0);
    return steps > 0 ? this.durationMs / steps : 0;
  }

  note({ step, elapsedMs }: Moment): void {
    this.last = { step, elapsedMs };
    this.first ??= this.last;
  }

  restart(): void {
    this.first = this.last;
  }
}
