// The whole training loop against bare steps: a real training job, whose host end only acknowledges,
// with every part in it (data order, augmentation, points, progress, checkpoints).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SeriesPoints, TrainJob } from '../../shared/contract/trainer.ts';
import { RecipeSpec } from '../../shared/spec/recipe.ts';
import type { HostLink } from '../trainer/host-link.ts';
import { runTrainJob } from '../trainer/train-job.ts';
import { getArchitecture } from '../zoo/registry.ts';
import { measureAugmentedSteps } from './engine-steps.ts';
import { median } from './statistics.ts';

const BATCH = 128;
const STEPS = 40;
const ROUNDS = 5;

export interface EpochTimes {
  /** Milliseconds per step over a whole epoch, evaluation excluded; one entry a round. */
  readonly epochMs: number[];
  /** Milliseconds of a bare step with the same augmentation; one median a round. */
  readonly stepMs: number[];
}

/** Alternates epochs and bare steps, so that both see the same machine. */
export async function measureEpoch(): Promise<EpochTimes> {
  const times: EpochTimes = { epochMs: [], stepMs: [] };
  for (let round = 0; round < ROUNDS; round++) {
    times.epochMs.push(await trainEpoch());
    times.stepMs.push(median(measureAugmentedSteps(BATCH, STEPS)));
  }
  return times;
}

export interface StreamingTimes {
  /** Milliseconds per step over an epoch; one entry a round. */
  readonly streamedMs: number[];
  readonly residentMs: number[];
}

/** The same training with data in the session and with data read from the pack, in turn. */
export async function measureStreaming(): Promise<StreamingTimes> {
  const times: StreamingTimes = { streamedMs: [], residentMs: [] };
  for (let round = 0; round < ROUNDS; round++) {
    times.residentMs.push(await trainEpoch());
    process.env[RESIDENT_LIMIT] = '0';
    try {
      times.streamedMs.push(await trainEpoch());
    } finally {
      Reflect.deleteProperty(process.env, RESIDENT_LIMIT);
    }
  }
  return times;
}

const RESIDENT_LIMIT = 'RESNET_LAB_RESIDENT_BYTES';

async function trainEpoch(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'resnet-lab-bench-'));
  try {
    const host = new Acknowledging();
    await runTrainJob(epochJob(folder), host);
    return host.meanStepMs();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function epochJob(folder: string): TrainJob {
  return {
    spec: {
      format: 1,
      architecture: getArchitecture('resnet20').spec,
      data: {
        source: `builtin:shapes?train=${BATCH * STEPS}&val=100`,
        valFraction: 0.1,
        splitSeed: 0,
      },
      recipe: RecipeSpec.parse({
        batch: BATCH,
        length: { kind: 'epochs', epochs: 1 },
        augmentation: { kind: 'pad-crop-flip' },
      }),
      seed: 0,
    },
    runFolder: folder,
    cacheFolder: folder,
    resume: false,
  };
}

/** A host that stores nothing: its own work happens in another process and is not the trainer's. */
class Acknowledging implements HostLink {
  readonly stopRequested = false;
  private readonly elapsedMs: number[] = [];

  send(): Promise<void> {
    return Promise.resolve();
  }

  savePoints(series: SeriesPoints[]): Promise<void> {
    const loss = series.find(({ name }) => name === 'train/loss');
    this.elapsedMs.push(...(loss?.elapsedMs ?? []));
    return Promise.resolve();
  }

  /** From the end of the first step, which warms TensorFlow up, to the end of the last. */
  meanStepMs(): number {
    const [first = 0] = this.elapsedMs;
    return ((this.elapsedMs.at(-1) ?? 0) - first) / (this.elapsedMs.length - 1);
  }
}
