import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRng } from '../../shared/rng.ts';
import { openConnection } from './connection.ts';
import { addExtremes, overviewOf, OVERVIEW_BUCKET } from './extremes.ts';
import type { Library } from './library.ts';
import { migrate } from './migration.ts';
import type { SeriesBatch } from './series.ts';
import { slice, type SeriesPoints } from './series-points.ts';
import { exampleRun, temporaryFolder, temporaryLibrary } from './testing/temporary-folder.ts';

const NAME = 'train/loss';

/** Noise with spikes, infinities and what is not a number; steps two or three apart. */
function noisy(count: number, seed: number): SeriesPoints {
  const rng = createRng('overviews-test', seed);
  let step = 0;
  const steps = Int32Array.from({ length: count }, () => (step += 2 + rng.below(2)));
  const values = Float32Array.from(steps, () => {
    const kind = rng.below(400);
    return kind === 0 ? NaN : kind === 1 ? Infinity : kind < 5 ? rng.normal() * 1e4 : rng.normal();
  });
  return { steps, elapsedMs: Float64Array.from(steps, (one) => one * 1.5), values };
}

function batchOf(points: SeriesPoints): SeriesBatch {
  return { name: NAME, ...points };
}

function overview(library: Library, id: string): SeriesPoints {
  const [found] = library.series.readOverviews(id, [NAME]);
  const { steps, elapsedMs, values } = found!.thinned;
  return { steps, elapsedMs, values };
}

/** What it would be if nothing were stored. */
function computed(library: Library, id: string): SeriesPoints {
  const { steps, elapsedMs, values } = library.series.read(id, NAME)!;
  return overviewOf({ steps, elapsedMs, values });
}

test('the overview of a series is the one computed from its points, however they came and were cut', () => {
  const library = temporaryLibrary();
  const whole = noisy(9000, 1);
  const action = fc.oneof(
    { weight: 5, arbitrary: fc.record({ add: fc.integer({ min: 1, max: 1500 }) }) },
    { weight: 1, arbitrary: fc.record({ keep: fc.double({ min: 0, max: 1, noNaN: true }) }) },
  );
  fc.assert(
    fc.property(fc.array(action, { minLength: 1, maxLength: 14 }), (actions) => {
      library.together(() => {
        const { id } = library.runs.create(exampleRun());
        let count = 0;
        for (const one of actions) {
          if ('add' in one) {
            const to = Math.min(9000, count + one.add);
            if (to > count) library.series.append(id, [batchOf(slice(whole, 1, count, to))]);
            count = to;
          } else {
            count = Math.floor(count * one.keep);
            library.series.truncateAfter(id, (whole.steps[count] ?? 1e9) - 1);
          }
          if (count === 0) {
            expect(library.series.readOverviews(id, [NAME])).toEqual([]);
            continue;
          }
          expect(overview(library, id)).toEqual(computed(library, id));
          expect(library.series.readOverviews(id, [NAME])[0]!.pointCount).toBe(count);
        }
      });
    }),
    { numRuns: 25, seed: 3 },
  );
});

test('a run that is cut back to its checkpoint and computes other points has no trace of the old ones', () => {
  const library = temporaryLibrary();
  const { id } = library.runs.create(exampleRun());
  const first = noisy(6000, 1);
  library.series.append(id, [batchOf(first)]);
  library.series.truncateAfter(id, first.steps[3010]!);
  const values = first.values.map((value) => value + 1);
  library.series.append(id, [batchOf(slice({ ...first, values }, 1, 3011, 6000))]);
  expect(overview(library, id)).toEqual(computed(library, id));
});

test('a long series is stored as a small fraction, and reading it reads no more than that', () => {
  const folder = temporaryFolder();
  const library = temporaryLibrary(folder);
  const { id } = library.runs.create(exampleRun());
  const points = noisy(40_000, 2);
  for (let from = 0; from < 40_000; from += 250) {
    library.series.append(id, [batchOf(slice(points, 1, from, from + 250))]);
  }
  const connection = openConnection(path.join(folder, 'library.db'));
  const stored = connection.read((session) =>
    session.first(
      `SELECT overview_points, (SELECT count(*) FROM overviews) AS rows,
         (SELECT sum(point_count) FROM overviews) AS kept FROM series`,
    ),
  );
  connection.close();
  expect(stored?.['overview_points']).toBeGreaterThan(40_000 - 1024 - 250 - OVERVIEW_BUCKET);
  expect(stored?.['kept']).toBeLessThan((40_000 / OVERVIEW_BUCKET) * 2.3);
  expect(stored?.['rows']).toBeLessThan(12);
});

test('a series of before overviews were kept has the same one, and stores it when it next grows', () => {
  const folder = temporaryFolder();
  const connection = openConnection(path.join(folder, 'library.db'));
  migrate(connection, 8);
  connection.close();
  const library = temporaryLibrary(folder);
  const { id } = library.runs.create(exampleRun());
  const points = noisy(5000, 4);
  library.series.append(id, [batchOf(slice(points, 1, 0, 4990))]);
  const before = openConnection(path.join(folder, 'library.db'));
  before.write((session) => {
    session.exec(
      'DELETE FROM overviews; UPDATE series SET overview_points = 0, overview_step = NULL',
    );
  });
  expect(overview(library, id)).toEqual(computed(library, id));
  library.series.append(id, [batchOf(slice(points, 1, 4990, 5000))]);
  expect(overview(library, id)).toEqual(computed(library, id));
  const rows = before.read((session) => session.all('SELECT * FROM overviews'));
  before.close();
  expect(rows.length).toBeGreaterThan(0);
});

test('vectors have no overview, and neither has a series that is not asked for', () => {
  const library = temporaryLibrary();
  const { id } = library.runs.create(exampleRun());
  const { steps, elapsedMs } = noisy(3000, 5);
  const vectors = { name: 'v', steps, elapsedMs, values: new Float32Array(9000) };
  library.series.append(id, [vectors, batchOf(noisy(3000, 5))]);
  expect(library.series.readOverviews(id, ['v'])).toEqual([]);
});

test('extremes are the first of the smallest, of the largest and of what is not a number', () => {
  const values = Float32Array.of(9, 2, NaN, 1, 5, 1, 5, NaN, -9);
  const extremes = (from: number, to: number, of = values): number[] => {
    const kept: number[] = [];
    addExtremes(kept, of, from, to);
    return kept;
  };
  expect(extremes(1, 8)).toEqual([2, 3, 4]);
  expect(extremes(1, 2)).toEqual([1]);
  expect(extremes(2, 3)).toEqual([2]);
  expect(extremes(3, 3)).toEqual([]);
  expect(extremes(0, 3, Float32Array.of(NaN, 2, 1))).toEqual([0, 1, 2]);
  expect(extremes(0, 3, Float32Array.of(1, 2, NaN))).toEqual([0, 1, 2]);
  expect(extremes(0, 3, Float32Array.of(4, 4, NaN))).toEqual([0, 2]);
});
