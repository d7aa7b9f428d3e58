// What lesions of residual and plain networks say. Pure.
import type { FigureSeries, StudySummary } from '../../../shared/contract/findings.ts';
import type { ProbeValuesOf } from '../../../shared/contract/probes.ts';
import { summarize } from '../../../shared/stats/summary.ts';
import { errorTable } from '../comparison-summary.ts';
import { errorFigure } from '../points-figure.ts';
import { percentPoint, percentText } from '../spread.ts';
import { measuredOf, type Found, type StudyPlan } from '../study.ts';
import { holdsIf, isAbove, verdictOf } from '../verdict-rules.ts';

type Values = ProbeValuesOf<'lesions'>;
/** A removal that costs less than this many points barely matters. */
const BARELY = 0.1;
/** Of a network that has learned; else there is nothing to ruin. */
const LEARNED = 0.6;

/** How much the error grows without each block that keeps the shape, of all runs. */
function growths(all: readonly Values[]): number[] {
  return all.flatMap(({ single, blocks, whole }) =>
    single
      .filter((_, i) => blocks[i]?.isDownsampling !== true)
      .map(({ error }) => error - whole.error),
  );
}

export function summarizeLesions(plan: StudyPlan, found: Found): StudySummary {
  const measured = measuredOf(plan, found, 'lesions');
  const residual = measured.filter(({ values }) => !values.isPlain).map(({ values }) => values);
  const plain = measured.filter(({ values }) => values.isPlain).map(({ values }) => values);
  const [mild, severe] = [growths(residual), growths(plain)];
  const learned = residual.every(({ whole }) => whole.error < LEARNED);
  const median = medianOf(mild);
  const smooth = residual.length === 0 ? undefined : residual.every(isSmooth);
  const hasBoth = residual.length > 0 && plain.length > 0 && learned;
  return {
    verdict: verdictOf(
      'Reproduced if the median residual block that keeps the shape costs less than 10 percentage points, removing a plain layer pair costs more on average (the 95 % interval over blocks and runs lies above 0), and the mean error never falls by more than 5 points as more random blocks are removed. Open if a residual network has not learned (error of 60 % or more).',
      hasBoth ? [holdsIf(median < BARELY), isAbove(mild, severe), holdsIf(smooth)] : ['open'],
      {
        text: `Without one block the error grows by ${pointsText(mild)} on average (median ${(100 * median).toFixed(1)}) in residual and ${pointsText(severe)} in plain networks; whole, they are at ${percentText(residual.map(({ whole }) => whole.error))} and ${percentText(plain.map(({ whole }) => whole.error))}.`,
        n: measured.length,
      },
    ),
    sentences: [...shortcutSentences(residual), ...unlearnedSentences(plain)],
    figures: [
      errorFigure({
        id: 'single',
        title: 'Error without one block',
        xTitle: 'Block that is removed, in depth order',
        series: [
          ...blockSeries('Residual', 0, residual, ({ single }) => single),
          ...blockSeries('… recalibrated', 1, residual, ({ recalibrated }) => recalibrated?.single),
          ...blockSeries('… without its shortcut', 2, residual, ({ shortcut }) => shortcut),
          ...blockSeries('Plain', 3, plain, ({ single }) => single),
        ],
      }),
      errorFigure({
        id: 'removed',
        title: 'Error without k random blocks',
        xTitle: 'Blocks removed',
        series: [...removedSeries('Residual', 0, residual), ...removedSeries('Plain', 3, plain)],
      }),
      errorFigure({
        id: 'swapped',
        title: 'Error after swapping residual blocks',
        xTitle: 'Kendall τ of the order (1: unchanged)',
        series: [
          {
            label: 'One draw each',
            colour: 0,
            isDashed: false,
            isJoined: false,
            points: residual.flatMap(({ swapped }) =>
              swapped.flatMap(({ draws }) =>
                draws.map(({ tau, error }) => percentPoint(tau, [error])),
              ),
            ),
          },
        ],
      }),
    ],
    tables: [errorTable(plan, found)],
  };
}

function isSmooth({ removed }: Values): boolean {
  const means = removed.map(({ errors }) => summarize(errors)?.mean ?? 0);
  return means.every((mean, i) => i === 0 || mean > (means[i - 1] ?? 0) - 0.05);
}

function blockSeries(
  label: string,
  colour: number,
  all: readonly Values[],
  of: (values: Values) => readonly { readonly error: number }[] | null | undefined,
): FigureSeries[] {
  const [first] = all;
  if (!first || !of(first)) return [];
  const points = first.blocks.map(({ name, isDownsampling }, i) =>
    percentPoint(
      i + 1,
      all.flatMap((values) => of(values)?.[i]?.error ?? []),
      isDownsampling ? `${name}, changes the shape` : name,
    ),
  );
  return [{ label, colour, isDashed: false, isJoined: true, points }];
}

function removedSeries(label: string, colour: number, all: readonly Values[]): FigureSeries[] {
  const [first] = all;
  if (!first) return [];
  const points = [
    percentPoint(
      0,
      all.map(({ whole }) => whole.error),
    ),
    ...first.removed.map(({ blocks }) =>
      percentPoint(
        blocks,
        all.flatMap(({ removed }) => removed.find((each) => each.blocks === blocks)?.errors ?? []),
      ),
    ),
  ];
  return [{ label, colour, isDashed: false, isJoined: true, points }];
}

function shortcutSentences(residual: readonly Values[]): string[] {
  const pairs = residual.flatMap(({ single, shortcut }) =>
    (shortcut ?? []).map(({ error }, i) => error - (single[i]?.error ?? Number.NaN)),
  );
  if (pairs.length === 0) return [];
  const worse = pairs.filter((difference) => difference > 0).length;
  return [
    `Removing a block's shortcut instead of its branch is worse for ${worse} of ${pairs.length} blocks; on average the error differs by ${pointsText(pairs)}.`,
  ];
}

/** What has hardly learned has little to lose. */
function unlearnedSentences(plain: readonly Values[]): string[] {
  const unlearned = plain.filter(({ whole }) => whole.error >= LEARNED);
  if (unlearned.length === 0) return [];
  return [
    `${unlearned.length} of ${plain.length} plain networks have hardly learned (error of 60 % or more), so a removal brings them to chance without costing many points: the cost in plain networks is a lower bound.`,
  ];
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function pointsText(values: readonly number[]): string {
  const found = summarize(values);
  return found === undefined ? 'unknown' : `${(100 * found.mean).toFixed(1)} points`;
}
