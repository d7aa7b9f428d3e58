// How fast earlier runs were on this machine, for the time that a new one will take. Kept by run, since
// a run that has ended does not change its speed.
import os from 'node:os';
import type { Library } from '../../store/library.ts';
import { buildPlan } from '../../zoo/build-plan.ts';
import { summarize } from '../../zoo/summary.ts';
import type { SpeedSample } from './estimate.ts';
import { asObject, specOf } from './run-rows.ts';

const lookedAtRuns = 100;

export function createSpeedSamples(library: Library): () => readonly SpeedSample[] {
  const kept = new Map<string, SpeedSample | undefined>();
  return () => {
    const { runs } = library.runs.list({
      limit: lookedAtRuns,
      sortBy: 'updatedAt',
      descending: true,
    });
    return runs.flatMap(({ id, updatedAt, metrics }) => {
      const speed = metrics['imagesPerSecond'];
      if (speed === undefined || speed === null || speed <= 0) return [];
      const key = `${id} ${updatedAt}`;
      if (!kept.has(key)) kept.set(key, sampleOf(library, id, speed));
      return kept.get(key) ?? [];
    });
  };
}

function sampleOf(library: Library, id: string, imagesPerSecond: number): SpeedSample | undefined {
  const run = library.runs.find(id);
  if (run === undefined) return undefined;
  const machine = asObject(asObject(run.environment)['machine']);
  if (machine['host'] !== os.hostname()) return undefined;
  const data = library.datasets.find(run.dataFingerprint);
  try {
    const { architecture, recipe } = specOf(run);
    const macs = run.metrics['macs'];
    if (typeof macs === 'number') return { macs, batch: recipe.batch, imagesPerSecond };
    if (data === undefined) return undefined;
    const plan = buildPlan(architecture, { input: data.shape, classes: run.classCount });
    return { macs: summarize(plan).macs, batch: recipe.batch, imagesPerSecond };
  } catch {
    // A run of another version, whose settings can't be read: it says nothing.
    return undefined;
  }
}
