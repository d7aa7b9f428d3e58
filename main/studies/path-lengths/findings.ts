// What path lengths of one network say. Pure.
import type { Finding } from '../../../shared/contract/findings.ts';
import type { ProbeValuesOf } from '../../../shared/contract/probes.ts';
import { formatPercent } from '../../../shared/format.ts';
import { percentPoint } from '../spread.ts';

export function findPathLengths(values: ProbeValuesOf<'path-lengths'>): Finding {
  const { blocks, lengths, pathShare, gradientShare, effectiveDepth, effectiveRange } = values;
  const [low, high] = effectiveRange;
  return {
    sentences: [
      `Effective depth: ${effectiveDepth.toFixed(1)} of ${blocks} blocks, the mean path length weighted by the gradient.`,
      `95 % of the gradient comes by paths of ${low} to ${high} blocks, which are ${formatPercent(values.effectivePaths)} of all paths.`,
    ],
    figures: [
      {
        kind: 'points',
        id: 'norms',
        title: 'Gradient at the input by path length',
        xTitle: 'Blocks in the path',
        yTitle: '‖dL/dx‖ at the input',
        isLogX: false,
        isLogY: true,
        series: [
          {
            label: 'Mean ± deviation over paths and images',
            colour: 0,
            isDashed: false,
            isJoined: true,
            points: lengths.map(({ length, mean, deviation }) => ({
              x: length,
              y: mean,
              ...(deviation === null ? {} : { low: mean - deviation, high: mean + deviation }),
            })),
          },
        ],
      },
      {
        kind: 'points',
        id: 'shares',
        title: 'Paths and gradient by path length',
        xTitle: 'Blocks in the path',
        yTitle: 'Share in %',
        isLogX: false,
        isLogY: false,
        series: [
          shareSeries('Gradient', 0, gradientShare),
          { ...shareSeries('Paths (binomial)', 1, pathShare), isDashed: true },
        ],
      },
    ],
    tables: [],
  };
}

function shareSeries(label: string, colour: number, shares: readonly number[]) {
  const points = shares.map((share, k) => percentPoint(k, [share]));
  return { label, colour, isDashed: false, isJoined: true, points };
}
