// What lesions of one network say: figures and sentences. Pure.
import type { Finding, FigureSeries, PointsFigure } from '../../../shared/contract/findings.ts';
import type { Judged, ProbeValuesOf } from '../../../shared/contract/probes.ts';
import { formatPercent } from '../../../shared/format.ts';
import { errorFigure, lineOf } from '../points-figure.ts';
import { percentPoint } from '../spread.ts';

type Values = ProbeValuesOf<'lesions'>;

export function findLesions(values: Values): Finding {
  const { whole, single, blocks, swapped, isPlain } = values;
  const worst = single.reduce(
    (at, { error }, i) => (error > (single[at]?.error ?? -1) ? i : at),
    0,
  );
  const same = single.filter((_, i) => blocks[i]?.isDownsampling !== true);
  const mean = same.reduce((sum, { error }) => sum + error, 0) / Math.max(1, same.length);
  return {
    sentences: [
      `The whole network is wrong on ${formatPercent(whole.error)} of ${values.examples} images.`,
      `Without one ${isPlain ? 'layer pair' : 'block'} that keeps the shape it is wrong on ${formatPercent(mean)} on average; worst without ${blocks[worst]?.name ?? ''}: ${formatPercent(single[worst]?.error ?? Number.NaN)}.`,
      ...recalibrationSentence(values),
      ...shortcutSentence(values),
    ],
    figures: [
      errorFigure({
        id: 'single',
        title: 'Error without one block',
        xTitle: 'Block that is removed, in depth order',
        series: singleSeries(values),
      }),
      removedFigure(values),
      ...(swapped.length === 0 ? [] : [swappedFigure(values)]),
    ],
    tables: [],
  };
}

function removedFigure({ whole, removed }: Values): PointsFigure {
  return errorFigure({
    id: 'removed',
    title: 'Error without k random blocks',
    xTitle: 'Blocks removed',
    series: [
      lineOf('Mean ± deviation over draws', 0, [
        percentPoint(0, [whole.error]),
        ...removed.map(({ blocks: count, errors }) => percentPoint(count, errors)),
      ]),
    ],
  });
}

function swappedFigure({ swapped }: Values): PointsFigure {
  const points = swapped.flatMap(({ pairs, draws }) =>
    draws.map(({ tau, error }) =>
      percentPoint(tau, [error], `${pairs} ${pairs === 1 ? 'swap' : 'swaps'}`),
    ),
  );
  return errorFigure({
    id: 'swapped',
    title: 'Error after swapping blocks of the same shape',
    xTitle: 'Kendall τ of the order (1: unchanged)',
    series: [lineOf('One draw each', 0, points, { isJoined: false })],
  });
}

function singleSeries(values: Values): FigureSeries[] {
  const { blocks, whole, single, recalibrated, shortcut, shortcutRecalibrated } = values;
  const noteOf = ({ name, isDownsampling }: Values['blocks'][number]): string =>
    isDownsampling ? `${name}, changes the shape` : name;
  const row = (label: string, colour: number, judged: readonly Judged[] | null | undefined) => {
    if (!judged) return [];
    const points = judged.map(({ error }, i) =>
      percentPoint(i + 1, [error], blocks[i] && noteOf(blocks[i])),
    );
    return [lineOf(label, colour, points)];
  };
  const ends = [1, Math.max(1, blocks.length)].map((x) => percentPoint(x, [whole.error]));
  return [
    ...row(values.isPlain ? 'Without the layers' : 'Without the branch', 0, single),
    ...row('… batch norm recalibrated', 1, recalibrated?.single),
    ...row('Without the shortcut', 2, shortcut),
    ...row('… shortcut, recalibrated', 3, shortcutRecalibrated),
    lineOf('Whole network', 7, ends, { isDashed: true }),
  ];
}

function recalibrationSentence({ recalibrated, single }: Values): string[] {
  if (recalibrated === null) return [];
  const better = recalibrated.single.filter(({ error }, i) => error < (single[i]?.error ?? 0));
  return [
    `With batch norm recalibrated on ${recalibrated.images} training images the error is lower for ${better.length} of ${single.length} removed blocks.`,
  ];
}

function shortcutSentence({ shortcut, single }: Values): string[] {
  if (shortcut === null) return [];
  const worse = shortcut.filter(({ error }, i) => error > (single[i]?.error ?? 1));
  return [
    `Removing a block's shortcut is worse than removing its branch for ${worse.length} of ${single.length} blocks.`,
  ];
}
