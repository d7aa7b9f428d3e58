// Series of a run for the page's charts, thinned out where that is asked for. Queries only.
import type { Library } from '../../store/library.ts';
import type { StepRange } from '../../store/series.ts';
import { decimate } from './decimate.ts';
import type { HandlersOf } from './handlers.ts';
import { SeriesOverviews, type Overview } from './series-overviews.ts';

export function createSeriesService(library: Library): Pick<HandlersOf<'runs'>, 'runs.series'> {
  const overviews = new SeriesOverviews();

  const readRange = (
    id: string,
    options: { names?: readonly string[] | undefined; range: StepRange; maxPoints?: number },
  ): Overview[] =>
    library.series.readAll(id, options.names, options.range).map((whole) => ({
      thinned: options.maxPoints === undefined ? whole : decimate(whole, options.maxPoints),
      pointCount: whole.steps.length,
    }));

  const readWhole = (
    id: string,
    names: readonly string[] | undefined,
    maxPoints: number,
  ): Overview[] => {
    const wanted = library.series.list(id).filter(({ name }) => names?.includes(name) ?? true);
    const known = wanted.flatMap((info) => overviews.find(id, info, maxPoints) ?? []);
    const have = new Set(known.map(({ thinned }) => thinned.name));
    const missing = wanted.map(({ name }) => name).filter((name) => !have.has(name));
    if (missing.length === 0) return known;
    const made = readRange(id, { names: missing, range: {}, maxPoints });
    for (const overview of made) overviews.keep(id, maxPoints, overview);
    return [...known, ...made];
  };

  return {
    'runs.series': ({ id, names, fromStep, toStep, maxPoints }) => {
      const range = {
        ...(fromStep === undefined ? {} : { fromStep }),
        ...(toStep === undefined ? {} : { toStep }),
      };
      const isWhole = fromStep === undefined && toStep === undefined;
      const found =
        isWhole && maxPoints !== undefined
          ? readWhole(id, names, maxPoints)
          : readRange(id, { names, range, ...(maxPoints === undefined ? {} : { maxPoints }) });
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
      return Promise.resolve({ series });
    },
  };
}
