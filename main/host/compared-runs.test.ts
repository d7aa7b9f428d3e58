import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareRuns } from './compared-runs.ts';
import { addTrainedRun, emptyLibrary, judge } from './testing/trained-library.ts';

describe('comparing runs of the library', () => {
  it('gives costs of the network, metrics in a few numbers and where it ran', () => {
    const library = emptyLibrary();
    const id = addTrainedRun(library, { seed: 3 });
    const { runs, missing } = compareRuns(library, [id, 'gone'], { lastK: 2 });
    expect(missing).toEqual(['gone']);
    expect(runs[0]).toMatchObject({
      depth: 6,
      runtime: { tensorflow: '2.21.0', device: 'cpu', machine: 'bench (a processor)' },
      counts: { train: 1000, val: 100 },
      perClass: null,
    });
    expect(runs[0]!.macs).toBeGreaterThan(1000);
    expect(runs[0]!.metrics.map(({ name, points }) => [name, points])).toEqual([
      ['train/accuracy', 40],
      ['train/loss', 40],
      ['val/accuracy', 4],
    ]);
    expect(runs[0]!.metrics[2]!.lastCount).toBe(2);
  });

  it('has a mark that changes with the run and not with the question', () => {
    const library = emptyLibrary();
    const id = addTrainedRun(library);
    const mark = (lastK: number) => compareRuns(library, [id], { lastK }).runs[0]!.mark;
    const before = mark(2);
    expect(mark(7)).toBe(before);
    library.runs.update(id, { notes: 'seen' });
    expect(mark(2)).toBe(before);
    library.runs.update(id, { step: 50 });
    expect(mark(2)).not.toBe(before);
  });

  it('reads the accuracy of each class where it was computed', () => {
    const library = emptyLibrary();
    const id = addTrainedRun(library);
    judge(library, id, { classes: ['a', 'b'], counts: [1, 1, 0, 0] });
    expect(compareRuns(library, [id], { lastK: 1 }).runs[0]!.perClass).toEqual([
      { name: 'a', examples: 2, accuracy: 0.5 },
      { name: 'b', examples: 0, accuracy: null },
    ]);
    const file = path.join(library.runFolder(id), 'mistakes.json');
    fs.writeFileSync(file, '{"facts":');
    expect(compareRuns(library, [id], { lastK: 1 }).runs[0]!.perClass).toBeNull();
  });

  it('leaves out deleted runs', () => {
    const library = emptyLibrary();
    const id = addTrainedRun(library);
    library.runs.delete(id);
    expect(compareRuns(library, [id], { lastK: 1 })).toEqual({ runs: [], missing: [id] });
  });
});

it('remembers a metric only while its points and its run are the same', () => {
  const library = emptyLibrary();
  const id = addTrainedRun(library, { points: 20 });
  const loss = (lastK = 3) =>
    compareRuns(library, [id], { lastK }).runs[0]!.metrics.find(
      ({ name }) => name === 'train/loss',
    )!;
  const before = loss();
  expect(loss()).toBe(before);
  expect(loss(5).lastCount).toBe(5);
  // Goes on from step 9, and computes as many points as there were, to other values.
  library.series.truncateAfter(id, 9);
  library.runs.update(id, { step: 10 });
  const steps = Int32Array.from({ length: 10 }, (_, i) => 10 + i);
  library.series.append(id, [
    {
      ...{ name: 'train/loss', steps, elapsedMs: Float64Array.from(steps) },
      values: Float32Array.from(steps, () => 0.25),
    },
  ]);
  expect(loss()).toMatchObject({ points: 20, last: 0.25 });
});
