// Series of a run as they were recorded, thinned out where that is asked for: for heat maps, which show
// single points. Curves are made by curves.ts. Queries only.
import type { Library } from '../../store/library.ts';
import { thinnedSeries } from '../run-series.ts';
import type { HandlersOf } from './handlers.ts';

export function createSeriesService(library: Library): Pick<HandlersOf<'runs'>, 'runs.series'> {
  return {
    'runs.series': ({ id, names, fromStep, toStep, maxPoints = Infinity }) => {
      const range = {
        ...(fromStep === undefined ? {} : { fromStep }),
        ...(toStep === undefined ? {} : { toStep }),
      };
      const found = library.series.readAll(id, names, range);
      const series = found.map((whole) => {
        const { name, width, labels, unit, steps, elapsedMs, values } = thinnedSeries(
          whole,
          maxPoints,
        );
        return {
          ...{ name, width, unit, pointCount: whole.steps.length },
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
