// How the loss looks around the weights. Pure.
import type { Finding } from '../../../shared/contract/findings.ts';
import type { ProbeValuesOf } from '../../../shared/contract/probes.ts';
import { formatSignificant } from '../../../shared/format.ts';

type Values = ProbeValuesOf<'landscape'>;

/** Along the first direction through the weights: places and losses. */
export function middleRow({ points, range, losses }: Values): { x: number; y: number | null }[] {
  const half = (points - 1) / 2;
  return Array.from({ length: points }, (_, i) => ({
    x: ((i - half) / half) * range,
    y: losses[half * points + i] ?? null,
  }));
}

/**
 * Share of grid points that are lower than a neighbour nearer to the middle: 0 in a bowl, where the loss
 * grows with every step away from the weights.
 */
export function unevenness({ points, losses }: Values): number {
  const half = (points - 1) / 2;
  let [uneven, all] = [0, 0];
  losses.forEach((loss, i) => {
    const [a, b] = [(i % points) - half, Math.floor(i / points) - half];
    const inward = [
      ...(a === 0 ? [] : [i - Math.sign(a)]),
      ...(b === 0 ? [] : [i - points * Math.sign(b)]),
    ];
    for (const other of inward) {
      all++;
      if ((loss ?? Infinity) < (losses[other] ?? Infinity)) uneven++;
    }
  });
  return uneven / Math.max(1, all);
}

export function findLandscape(values: Values): Finding {
  const { points, range, losses, errors, examples } = values;
  const middle = losses[(points * points - 1) / 2] ?? Number.NaN;
  const known = losses.filter((loss): loss is number => loss !== null);
  const ticks = Array.from({ length: points }, (_, i) =>
    Number((((2 * i) / (points - 1) - 1) * range).toFixed(2)).toString(),
  );
  const matrix = (id: string, title: string, valueTitle: string, numbers: typeof losses) => ({
    kind: 'matrix' as const,
    view: 'map' as const,
    id,
    title,
    xTitle: 'Along direction d, in filter norms',
    yTitle: 'Along direction e, in filter norms',
    valueTitle,
    isLog: id === 'loss',
    hasContours: true,
    columns: ticks,
    rows: ticks,
    values: numbers,
  });
  return {
    sentences: [
      `The loss is ${formatSignificant(middle)} at the weights and up to ${formatSignificant(Math.max(...known))} on the plane, over ${examples} images.`,
      `${(100 * unevenness(values)).toFixed(1)} % of the steps away from the weights go down (0 % in a bowl).`,
    ],
    figures: [
      matrix('loss', 'Loss around the weights', 'Loss', losses),
      {
        ...matrix('surface', 'Loss around the weights, as a surface', 'Loss', losses),
        ...{ view: 'surface' as const, isLog: true, hasContours: false },
      },
      matrix('error', 'Error around the weights', 'Error', errors),
      {
        kind: 'points',
        id: 'line',
        title: 'Loss along direction d',
        xTitle: 'Distance from the weights, in filter norms',
        yTitle: 'Loss',
        isLogX: false,
        isLogY: true,
        series: [
          { label: 'Loss', colour: 0, isDashed: false, isJoined: true, points: middleRow(values) },
        ],
      },
    ],
    tables: [],
  };
}
