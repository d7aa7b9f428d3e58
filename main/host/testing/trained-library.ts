// A library with finished runs that no trainer made: specs, series and facts by hand, for tests of
// comparison and reports.
import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { madeSpec, type MadeRun } from '../../../shared/compare/testing/made-run.ts';
import { openLibrary, type Library } from '../../store/library.ts';
import type { SeriesBatch } from '../../store/series.ts';
import { temporaryFolder } from '../../store/testing/temporary-folder.ts';

export function emptyLibrary(): Library {
  const library = openLibrary(temporaryFolder());
  onTestFinished(() => library.close());
  return library;
}

export interface TrainedRun extends MadeRun {
  readonly points?: number;
  readonly accuracy?: number;
}

/** Returns the id. */
export function addTrainedRun(library: Library, given: TrainedRun = {}): string {
  const { points = 40, accuracy = 0.9, name = 'net', status = 'finished' } = given;
  const spec = madeSpec(given);
  const { id } = library.runs.create({
    name,
    group: 'shortcuts',
    architecture: name,
    seed: spec.seed,
    spec,
    dataName: 'shapes',
    dataFingerprint: given.fingerprint ?? 'f00d'.repeat(16),
    classCount: 10,
    codeVersion: '0.1.0+test',
    totalSteps: points,
    environment: {
      runtime: { tensorflow: '2.21.0', device: 'cpu', origin: 'test' },
      machine: { host: 'bench', cpu: 'a processor', platform: 'linux' },
      data: {
        ...{ name: 'shapes', fingerprint: given.fingerprint ?? 'f00d'.repeat(16), problems: 0 },
        input: { height: 32, width: 32, channels: 3 },
        classes: Array.from({ length: 10 }, (_, i) => `class ${i}`),
        counts: { train: 1000, val: 100, test: 0 },
        residency: 'resident',
        normalization: { mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25] },
      },
    },
  });
  const jitter = (i: number): number => Math.sin(i * 12.9898 + spec.seed) * 0.01;
  const rise = (i: number): number => 1 - Math.exp((-6 * i) / points);
  library.series.append(id, [
    scalar('train/loss', points, (i) => 2.3 - 2 * rise(i) + jitter(i)),
    scalar('train/accuracy', points, (i) => 0.1 + (accuracy - 0.05) * rise(i) + jitter(i)),
    scalar('val/accuracy', Math.max(2, points / 10), (i) => accuracy * rise(i * 10) + jitter(i)),
    units('block/gradient-norm', points),
  ]);
  library.runs.update(id, {
    status,
    step: status === 'finished' ? points : points / 2,
    elapsedMs: 60_000 + spec.seed,
    metrics: { bestValAccuracy: accuracy, imagesPerSecond: 1000, peakMemoryBytes: 2 ** 29 },
  });
  return id;
}

function scalar(name: string, count: number, value: (i: number) => number): SeriesBatch {
  const at = Array.from({ length: count }, (_, i) => i);
  return {
    name,
    steps: Int32Array.from(at),
    elapsedMs: Float64Array.from(at, (i) => i * 10),
    values: Float32Array.from(at, value),
  };
}

function units(name: string, count: number): SeriesBatch {
  const labels = ['stem', 'layer1.0', 'layer1.1', 'head'];
  const at = Array.from({ length: count }, (_, i) => i);
  return {
    name,
    labels,
    steps: Int32Array.from(at),
    elapsedMs: Float64Array.from(at, (i) => i * 10),
    values: Float32Array.from(at.flatMap((i) => labels.map((_, unit) => (unit + 1) / (i + 1)))),
  };
}

/** As a trainer leaves it at the end of a run, for the weights that the run has, if any. */
export function judge(
  library: Library,
  id: string,
  { classes, counts }: { classes: readonly string[]; counts: readonly number[] },
): void {
  const folder = library.runFolder(id);
  fs.mkdirSync(folder, { recursive: true });
  const examples = counts.reduce((sum, count) => sum + count, 0);
  const facts = { classes, confusion: counts, examples, worst: [] };
  const judged = { format: 1, sha256: '', step: 0, facts };
  fs.writeFileSync(path.join(folder, 'mistakes.json'), JSON.stringify(judged));
}
