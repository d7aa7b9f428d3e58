// Series of a run for the page's charts, thinned out where that is asked for. Queries only.
import type { Library } from '../../store/library.ts';
import { decimate } from './decimate.ts';
import type { HandlersOf } from './handlers.ts';

export function createSeriesService(library: Library): Pick<HandlersOf<'runs'>, 'runs.series'> {
  return {
    'runs.series': ({ id, names, fromStep, toStep, maxPoints }) => {
      const range = {
        ...(fromStep === undefined ? {} : { fromStep }),
        ...(toStep === undefined ? {} : { toStep }),
      };
      const series = library.series.readAll(id, names, range).map((whole) => {
        const { name, width, labels, unit, steps, elapsedMs, values } =
          maxPoints === undefined ? whole : decimate(whole, maxPoints);
        return {
          ...{ name, width, unit },
          steps: new Int32Array(steps),
          elapsedMs: new Float64Array(elapsedMs),
          values: new Float32Array(values),
          labels: [...labels],
          pointCount: whole.steps.length,
        };
      });
      return Promise.resolve({ series });
    },
  };
}
