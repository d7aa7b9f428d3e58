// A series of very many points, written as a training writes it and read back whole.
// What comes out must be what went in.
import { RunSpec } from '../../../shared/spec/run.ts';
import { openLibrary } from '../../store/library.ts';
import { getArchitecture } from '../../zoo/registry.ts';
import type { Context, Outcome } from '../attack.ts';

const BATCH = 1000;
/** A slow write is a defect of the store: a training would wait for it. */
const SLOWEST_APPEND_MS = 5000;

export function longSeries(context: Context): Promise<Outcome> {
  const { points } = context.sizes;
  if (points === 0) return Promise.resolve({ cases: 0, findings: [] });
  const library = openLibrary(context.folder);
  try {
    const spec = RunSpec.parse({
      ...{ architecture: getArchitecture('mini-basic-a').spec, recipe: {}, seed: 1 },
      data: { source: 'builtin:shapes' },
    });
    const { id } = library.runs.create({
      ...{ name: 'long', architecture: 'mini-basic-a', seed: 1, spec, dataName: 'shapes' },
      ...{ dataFingerprint: 'f00d'.repeat(16), classCount: 10, codeVersion: 'torture' },
      totalSteps: points,
    });
    const began = performance.now();
    let slowest = 0;
    for (let first = 1; first <= points; first += BATCH) {
      const steps = Int32Array.from(
        { length: Math.min(BATCH, points - first + 1) },
        (_, i) => first + i,
      );
      const before = performance.now();
      library.series.append(id, [
        {
          name: 'train/loss',
          steps,
          elapsedMs: Float64Array.from(steps, (step) => step * 1.5),
          values: Float32Array.from(steps, valueAt),
        },
      ]);
      slowest = Math.max(slowest, performance.now() - before);
    }
    const written = performance.now();
    const series = library.series.read(id, 'train/loss');
    const read = performance.now();
    const problems: string[] = [];
    if (series?.steps.length !== points) {
      problems.push(`${series?.steps.length ?? 0} of ${points} points came back`);
    }
    const wrong =
      series?.values.findIndex((value, i) => value !== Math.fround(valueAt(i + 1))) ?? 0;
    if (wrong >= 0) problems.push(`the value at step ${wrong + 1} is another one`);
    if (slowest > SLOWEST_APPEND_MS) problems.push(`one append took ${Math.round(slowest)} ms`);
    return Promise.resolve({
      cases: 1,
      findings: problems.map((problem) => ({ problem, reproduction: `--points ${points}` })),
      notes: [
        `${points} points: written in ${seconds(written - began)}, slowest append ${Math.round(slowest)} ms, read in ${seconds(read - written)}`,
      ],
    });
  } finally {
    library.close();
  }
}

function valueAt(step: number): number {
  return Math.sin(step / 1000) + 1 / step;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
