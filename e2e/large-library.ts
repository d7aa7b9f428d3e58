// A library as it is after months of work, made in seconds: hundreds of runs of several networks and
// recipes, some with a long history. The numbers are made up; for measuring and looking, never shown
// to a user.
import path from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { getArchitecture } from '../main/zoo/registry.ts';
import { openLibrary } from '../main/store/library.ts';
import { createRng } from '../shared/rng.ts';
import { RunSpec } from '../shared/spec/run.ts';

const NETWORKS = ['resnet20', 'plain20', 'resnet32', 'resnet56', 'preresnet110', 'wrn-16-8'];
const RATES = [0.1, 0.05, 0.02];
const BATCHES = [64, 128];
const SEEDS = 3;
const DAY_MS = 86_400_000;
const EPOCH_STEPS = 391;
const TAGS = [['baseline'], [], ['ablation'], [], ['paper', 'final']];

export interface LargeLibrary {
  readonly runs: number;
  /** How many of them, the newest, have `longSteps` steps; the others have 400. */
  readonly longRuns: number;
  readonly longSteps: number;
}

/** Returns the ids, the newest first. */
export function writeLargeLibrary(folder: string, options: LargeLibrary): readonly string[] {
  const library = openLibrary(folder);
  const ids: string[] = [];
  try {
    // Oldest first, as they would have come.
    for (let age = options.runs - 1; age >= 0; age--) {
      const steps = age < options.longRuns ? options.longSteps : 400;
      ids.unshift(writeRun(library, age, steps));
    }
  } finally {
    library.close();
  }
  backdate(folder, ids);
  return ids;
}

/** The store dates a run when it is made; here they lie hours apart. */
function backdate(folder: string, ids: readonly string[]): void {
  const database = new DatabaseSync(path.join(folder, 'library.db'));
  const now = Date.now();
  try {
    database.exec('BEGIN');
    const dated = database.prepare(
      'UPDATE runs SET created_at = ?, started_at = ?, finished_at = ? WHERE id = ?',
    );
    ids.forEach((id, age) => {
      const at = new Date(now - (age + 1) * 0.3 * DAY_MS).toISOString();
      dated.run(at, at, at, id);
    });
    database.exec('COMMIT');
  } finally {
    database.close();
  }
}

function writeRun(library: ReturnType<typeof openLibrary>, age: number, steps: number): string {
  const rng = createRng(age, 'large-library');
  const seed = age % SEEDS;
  const variant = Math.floor(age / SEEDS);
  const network = NETWORKS[variant % NETWORKS.length] ?? 'resnet20';
  const rate = RATES[Math.floor(variant / NETWORKS.length) % RATES.length] ?? 0.1;
  const batch = BATCHES[Math.floor(variant / 18) % BATCHES.length] ?? 128;
  const spec = RunSpec.parse({
    architecture: getArchitecture(network).spec,
    data: { source: 'builtin:shapes' },
    recipe: {
      batch,
      length: { kind: 'steps', steps },
      schedule: { kind: 'cosine', rate },
    },
    seed,
  });
  const hasFailed = age % 41 === 40;
  const hasStopped = age % 29 === 28;
  const reached = hasFailed || hasStopped ? Math.floor(steps * 0.6) : steps;
  const run = library.runs.create({
    name: `${network} rate ${rate} batch ${batch} seed ${seed}`,
    group: `rate ${rate}, batch ${batch}`,
    architecture: network,
    seed,
    spec,
    dataName: variant % 4 === 3 ? 'fabrics' : 'shapes',
    dataFingerprint: 'made-up',
    classCount: 10,
    codeVersion: '0.1.0',
    environment: { prepared: { stepsPerEpoch: EPOCH_STEPS } },
    totalSteps: steps,
    tags: TAGS[variant % TAGS.length] ?? [],
  });
  const depth = NETWORKS.indexOf(network);
  const floor = 0.25 + 0.06 * depth + 0.4 * Math.abs(rate - 0.05) + 0.02 * rng.normal();
  const elapsed = (step: number): number => (step + 1) * (18 + 6 * depth);
  const at = Int32Array.from({ length: reached }, (_, i) => i);
  const loss = Float32Array.from(at, (step) => {
    const share = step / steps;
    const spike = rng.uniform() < 2e-5 ? 1.5 : 0;
    return (floor + 2 * Math.exp(-6 * share)) * (1 + 0.15 * rng.normal()) + spike;
  });
  const accuracyAt = (step: number): number => 1 - floor / 4 - 0.85 * Math.exp((-7 * step) / steps);
  const accuracy = Float32Array.from(at, (step) =>
    Math.min(1, Math.max(0, accuracyAt(step) + 0.05 * rng.normal())),
  );
  const everyEpoch = Math.min(EPOCH_STEPS, Math.ceil(steps / 20));
  const ends = Int32Array.from(
    { length: Math.floor(reached / everyEpoch) },
    (_, i) => (i + 1) * everyEpoch - 1,
  );
  const valAccuracy = Float32Array.from(
    ends,
    (step) => accuracyAt(step) - 0.03 + 0.006 * rng.normal(),
  );
  const times = Float64Array.from(at, elapsed);
  const valTimes = Float64Array.from(ends, elapsed);
  library.series.append(run.id, [
    { name: 'train/loss', unit: 'nats', steps: at, elapsedMs: times, values: loss },
    { name: 'train/accuracy', unit: 'fraction', steps: at, elapsedMs: times, values: accuracy },
    {
      name: 'train/rate',
      steps: at,
      elapsedMs: times,
      values: Float32Array.from(
        at,
        (step) => (rate / 2) * (1 + Math.cos((Math.PI * step) / steps)),
      ),
    },
    {
      name: 'val/accuracy',
      unit: 'fraction',
      steps: ends,
      elapsedMs: valTimes,
      values: valAccuracy,
    },
    {
      name: 'val/loss',
      unit: 'nats',
      steps: ends,
      elapsedMs: valTimes,
      values: Float32Array.from(valAccuracy, (value) => 1.4 * (1.02 - value)),
    },
  ]);
  library.runs.update(run.id, {
    status: hasFailed ? 'failed' : hasStopped ? 'interrupted' : 'finished',
    step: reached,
    epoch: reached / EPOCH_STEPS,
    elapsedMs: elapsed(reached - 1),
    metrics: {
      bestValAccuracy: Math.max(...valAccuracy),
      lastValAccuracy: valAccuracy.at(-1) ?? null,
      lastTrainLoss: loss.at(-1) ?? null,
      imagesPerSecond: (batch * 1000) / (18 + 6 * depth),
    },
    ...(hasFailed
      ? {
          error: {
            code: 'not-finite',
            message: `The loss is not finite at step ${reached}. Lower the learning rate.`,
          },
        }
      : {}),
  });
  return run.id;
}
