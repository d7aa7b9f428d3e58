// Whole trainings of a tiny network in this process, for native tests: what they told and what they saved.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type {
  EvaluationFacts,
  PreparedFacts,
  SeriesPoints,
  TrainEvent,
  TrainJob,
} from '../../../shared/contract/trainer.ts';
import { parseTensorFile } from '../../../shared/safetensors.ts';
import type { ArchitectureSpec } from '../../../shared/spec/architecture.ts';
import type { DeviceList } from '../../../shared/spec/devices.ts';
import { RecipeSpec, type RecipeInput } from '../../../shared/spec/recipe.ts';
import { DataSpec } from '../../../shared/spec/run.ts';
import { getArchitecture } from '../../zoo/registry.ts';
import type { HostLink } from '../host-link.ts';
import { runTrainJob } from '../train-job.ts';

export const STEPS = 12;
export const DATA = DataSpec.parse({ source: 'builtin:shapes?train=64&val=16' });

export interface TrainingFolders {
  /** Of the packs, and of the runs. */
  readonly home: string;
  next(): string;
}

/** Made before the tests of a file, removed after them. */
export function trainingFolders(prefix: string): TrainingFolders {
  let home = '';
  let count = 0;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), prefix));
  });
  afterAll(() => {
    rmSync(home, { recursive: true, force: true });
  });
  return {
    get home() {
      return home;
    },
    next: () => mkdtempSync(join(home, `run-${count++}-`)),
  };
}

/** Keeps what the trainer says, and stops it after some steps. */
export class Listening implements HostLink {
  readonly series = new Map<string, Map<number, number>>();
  prepared: PreparedFacts | undefined;
  evaluation: EvaluationFacts | undefined;
  private readonly stopAfter: number;
  private turns = 0;

  constructor(stopAfter = Infinity) {
    this.stopAfter = stopAfter;
  }

  get stopRequested(): boolean {
    return this.turns++ >= this.stopAfter;
  }

  send(message: TrainEvent): Promise<void> {
    if (message.kind === 'prepared') this.prepared = message.facts;
    if (message.kind === 'evaluation') this.evaluation = message.facts;
    return Promise.resolve();
  }

  savePoints(series: SeriesPoints[]): Promise<void> {
    for (const { name, steps, values, width } of series) {
      const points = this.series.get(name) ?? new Map<number, number>();
      steps.forEach((step, i) => points.set(step, values[i * width] ?? Number.NaN));
      this.series.set(name, points);
    }
    return Promise.resolve();
  }
}

export interface Trained {
  readonly host: Listening;
  readonly folder: string;
}

export type TrainingChanges = Partial<TrainJob> & {
  readonly stopAfter?: number;
  readonly devices?: DeviceList;
  /** Left out: a classifier of two stages. */
  readonly architecture?: ArchitectureSpec;
};

/** A few steps of a network of a few thousand weights, on generated images, in a folder of their own. */
export async function trainSmall(
  folders: TrainingFolders,
  recipe: RecipeInput,
  given: TrainingChanges = {},
): Promise<Trained> {
  const { stopAfter, devices, architecture = getArchitecture('mini-basic-a').spec, ...job } = given;
  const host = new Listening(stopAfter);
  const folder = job.runFolder ?? folders.next();
  const parsed = RecipeSpec.parse({
    ...{ batch: 8, length: { kind: 'steps', steps: STEPS }, diagnosticsEvery: 0 },
    ...recipe,
  });
  await runTrainJob(
    {
      spec: {
        format: 1,
        architecture,
        data: DATA,
        recipe: parsed,
        seed: 3,
        ...(devices && { devices }),
      },
      runFolder: folder,
      cacheFolder: folders.home,
      resume: false,
      ...job,
    },
    host,
  );
  return { host, folder };
}

/** Everything in the last checkpoint, bit by bit. */
export function tensorsOf({ folder }: Trained): Map<string, string> {
  const file = parseTensorFile(readFileSync(join(folder, 'last.safetensors')));
  return new Map(
    [...file.tensors.keys()].map((name) => [
      name,
      Buffer.from(file.bytesOf(name)).toString('base64'),
    ]),
  );
}
