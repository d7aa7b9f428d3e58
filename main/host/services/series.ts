// Series of a run for the page's charts, thinned out where that is asked for: long scalar ones from the
// overviews that the library keeps of them. Queries only.
import type { Library } from '../../store/library.ts';
import { OVERVIEW_BUCKET } from '../../store/extremes.ts';
import type { SeriesInfo, SeriesOverview, StepRange } from '../../store/series.ts';
import { decimate } from './decimate.ts';
import type { HandlersOf } from './handlers.ts';
import { askTogether } from './queries-together.ts';
import { SeriesOverviews } from './series-overviews.ts';

export function createSeriesService(library: Library): Pick<HandlersOf<'runs'>, 'runs.series'> {
  const overviews = new SeriesOverviews();
  const ask = askTogether(library);

  const readRange = (
    id: string,
    options: { names?: readonly string[] | undefined; range: StepRange; maxPoints?: number },
  ): SeriesOverview[] =>
    library.series.readAll(id, options.names, options.range).map((whole) => ({
      thinned: options.maxPoints === undefined ? whole : decimate(whole, options.maxPoints),
      pointCount: whole.steps.length,
    }));

  const readWhole = (
    id: string,
    names: readonly string[] | undefined,
    maxPoints: number,
  ): SeriesOverview[] => {
    const wanted = library.series.list(id).filter(({ name }) => names?.includes(name) ?? true);
    const known = wanted.flatMap((info) => overviews.find(id, info, maxPoints) ?? []);
    const have = new Set(known.map(({ thinned }) => thinned.name));
    const missing = wanted.filter(({ name }) => !have.has(name));
    if (missing.length === 0) return known;
    const isLong = (info: SeriesInfo): boolean => hasFineOverview(info, maxPoints);
    const long = namesOf(missing.filter(isLong));
    const others = namesOf(missing.filter((info) => !isLong(info)));
    const made = [
      ...library.series.readOverviews(id, long).map(({ thinned, pointCount }) => ({
        thinned: decimate(thinned, maxPoints),
        pointCount,
      })),
      ...(others.length > 0 ? readRange(id, { names: others, range: {}, maxPoints }) : []),
    ];
    for (const overview of made) overviews.keep(id, maxPoints, overview);
    return [...known, ...made];
  };

  return {
    'runs.series': async ({ id, names, fromStep, toStep, maxPoints }) => {
      const range = {
        ...(fromStep === undefined ? {} : { fromStep }),
        ...(toStep === undefined ? {} : { toStep }),
      };
      const isWhole = fromStep === undefined && toStep === undefined;
      const found = await ask(() =>
        isWhole && maxPoints !== undefined
          ? readWhole(id, names, maxPoints)
          : readRange(id, { names, range, ...(maxPoints === undefined ? {} : { maxPoints }) }),
      );
      const series = found.map(({ thinned, pointCount }) => {
        const { name, width, labels, unit, steps, elapsedMs, values } = thinned;
        return {
          ...{ name, width, unit, pointCount },
          steps: new Int32Array(steps),
          elapsedMs: new Float64Array(elapsedMs),
          values: new Float32Array(values),
          labels: [...labels],
        };
      });
      return { series };
    },
  };
}

/** It has at least as many buckets as are wanted, of two points each. */
function hasFineOverview({ width, pointCount }: SeriesInfo, maxPoints: number): boolean {
  return width === 1 && pointCount >= (maxPoints / 2) * OVERVIEW_BUCKET;
}

function namesOf(series: readonly SeriesInfo[]): string[] {
  return series.map(({ name }) => name);
}
