// Charts of curves for a report: those of its own comparison, and those that were put into it as they were
// on the screen, with axis, smoothing, zoom and all. The host makes the curves from all points. Pure.
import { looksOf } from '../../shared/compare/run-looks.ts';
import { metricMeasure } from '../../shared/compare/measure.ts';
import { isShare, metricName } from '../../shared/compare/metric.ts';
import type { CurveRequest } from '../../shared/contract/app/curves.ts';
import type { ChartCurve, LinesBlock, ReportBlock } from '../../shared/contract/app/reports.ts';
import { refined, type CurveData } from '../../shared/curves/curve-data.ts';
import { smoothingFor, type Smoothing } from '../../shared/curves/smooth.ts';
import { formatX, X_TITLES, type XKind } from '../../shared/curves/x-axis.ts';
import { figureCurve, type FigureCurve } from '../../shared/figures/figure-curve.ts';
import { drawLines } from '../../shared/figures/line-figure.ts';
import { lineFigureJson } from '../../shared/figures/line-json.ts';
import type { LineFigure } from '../../shared/figures/line-model.ts';
import { SPREAD_NAMES, type SpreadKind } from '../../shared/stats/summary.ts';
import type { Comparison } from './comparison.ts';
import type { ReportData } from './report-data.ts';
import { noPoints, sentences, type DraftPiece } from './draft-pieces.ts';

/** Enough for a chart of a page's width; every point is in the CSV. */
export const CURVE_POINTS = 1000;
const PERCENT = 100;

type Drawn = LinesBlock['drawn'];

interface Style {
  readonly spread: SpreadKind;
  readonly drawn: Drawn;
}

interface Named extends Pick<FigureCurve, 'label' | 'colour' | 'isDashed'> {
  readonly request: Omit<CurveRequest, 'maxPoints'>;
}

interface MadeCurves {
  readonly curves: readonly FigureCurve[];
  readonly data: readonly CurveData[];
}

/** Those that there are; the zoomed part with its own points. */
function makeCurves(wanted: readonly Named[], data: ReportData): MadeCurves {
  const made = wanted.flatMap(({ request, ...named }) => {
    const found = readCurve(request, data);
    if (!found) return [];
    const members = found.thin.map(({ line }) => line);
    return [{ found, curve: figureCurve(named, { ...found, members }) }];
  });
  return { curves: made.map(({ curve }) => curve), data: made.map(({ found }) => found) };
}

function readCurve(
  { range, ...request }: Omit<CurveRequest, 'maxPoints'>,
  data: ReportData,
): CurveData | null {
  const whole = data.curve({ ...request, maxPoints: CURVE_POINTS });
  if (!whole?.isThinned || !range) return whole;
  const finer = data.curve({ ...request, maxPoints: CURVE_POINTS, range });
  return finer ? { ...refined(whole, finer, range), isThinned: finer.isThinned } : whole;
}

/** A metric of the report's own comparison. */
export function curvePieces(
  { metric, drawn, isLogY, smoothing }: Extract<ReportBlock, { kind: 'curves' }>,
  data: ReportData,
  { groups, spread }: Comparison,
): DraftPiece[] {
  const lookOf = looksOf(groups, data.colours);
  const title = metricName(metric).replace(/^./, (letter) => letter.toUpperCase());
  const wanted = groups.map((group): Named => ({
    ...{ label: group.label, ...lookOf(group) },
    request: {
      runs: group.members.map(({ run }) => run.run.id),
      ...{ series: metric, reading: 'value', x: 'step', smoothing, spread, drawn },
    },
  }));
  const made = makeCurves(wanted, data);
  if (made.curves.length === 0) return [noPoints(title)];
  return [
    piece(
      title,
      {
        label: title,
        xTitle: X_TITLES.step,
        yTitle: metricMeasure(metric, 'final').axis,
        curves: made.curves,
        xKind: 'step',
        ...{ isLogY, isShare: isShare(metric) },
      },
      sentences(
        curvesNote(made.data, { spread, drawn }),
        smoothingNote(metric, smoothing, made.data),
        thinnedNote(made.data),
      ),
    ),
  ];
}

/** As it was on the screen. */
export function linesPieces(block: LinesBlock, data: ReportData): DraftPiece[] {
  const { title, x, range, isLogX, isLogY, isClipped, spread, drawn } = block;
  const chartCurves =
    x === 'clock' ? block.curves.flatMap((one) => apart(one, data)) : block.curves;
  const wanted = chartCurves.map(({ label, colour, isDashed, runs, besides, ...what }): Named => ({
    ...{ label, colour, isDashed },
    request: { ...what, runs: [...runs, ...besides], x, spread, drawn, range },
  }));
  const made = makeCurves(wanted, data);
  if (made.curves.length === 0) return [noPoints(title)];
  const [smoothed] = chartCurves.filter(({ smoothing }) => smoothing.kind !== 'none');
  return [
    piece(
      title,
      {
        ...{ label: title, xTitle: X_TITLES[x], yTitle: block.yTitle, curves: made.curves },
        ...{ xKind: x, xRange: range, isLogX: isLogX && x !== 'clock', isLogY, isClipped },
        isShare: block.isShare,
      },
      sentences(
        curvesNote(made.data, { spread, drawn }),
        smoothed && smoothingNote(smoothed.series, smoothed.smoothing, made.data),
        range !== null && rangeNote(x, range),
        isClipped && 'The vertical axis shows the 5th to the 95th percentile.',
        thinnedNote(made.data),
      ),
    ),
  ];
}

/** Runs of different hours have no mean on the wall clock: each is a curve of its own. */
function apart(curve: ChartCurve, data: ReportData): ChartCurve[] {
  const ids = [...curve.runs, ...curve.besides];
  if (ids.length === 1) return [curve];
  return data.compared(ids, data.document.lastK).map(({ run: { id, seed } }) => ({
    ...{ ...curve, label: `${curve.label} seed ${seed}`, runs: [id], besides: [] },
  }));
}

function piece(title: string, figure: LineFigure, note: string): DraftPiece {
  return {
    kind: 'figure',
    title,
    svg: drawLines(figure).svg,
    note,
    lines: lineFigureJson(figure),
  };
}

/** What the lines and what is around them stand for, and of how many seeds. */
function curvesNote(curves: readonly CurveData[], { spread, drawn }: Style): string {
  const counts = [...new Set(curves.map(({ n }) => n).filter((n) => n > 1))].sort((a, b) => a - b);
  const n = counts.length > 1 ? `${counts[0]} to ${counts.at(-1)}` : String(counts[0]);
  const parts = [
    `Line: mean of n = ${n} seeds`,
    drawn !== 'traces' && `band: ${SPREAD_NAMES[spread]}`,
    drawn !== 'band' && 'thin: the seeds',
  ].filter((part) => part !== false);
  const hasUnfinished = curves.some((curve) => curve.total > curve.n);
  return sentences(
    counts.length > 0 && `${parts.join('; ')}.`,
    hasUnfinished && 'Runs that did not finish are drawn thin and are in no mean.',
  );
}

function thinnedNote(curves: readonly CurveData[]): string {
  return curves.some(({ isThinned }) => isThinned)
    ? 'Of long curves the smallest and the largest value of equal intervals are drawn; every point is in the CSV.'
    : '';
}

function smoothingNote(series: string, wanted: Smoothing, curves: readonly CurveData[]): string {
  const smoothing = smoothingFor(series, wanted);
  const raw = curves.some((curve) => curve.raw !== null) ? '; faint: as measured' : '';
  switch (smoothing.kind) {
    case 'none':
      return '';
    case 'ema':
      return `Smoothed by an exponential moving average of weight ${smoothing.weight}${raw}.`;
    case 'gaussian':
      return `Smoothed by a Gaussian of ${Number((smoothing.width * PERCENT).toPrecision(2))} % of the points${raw}.`;
  }
}

function rangeNote(x: XKind, { min, max }: { min: number; max: number }): string {
  const [from, to] = [formatX(x, min, max - min), formatX(x, max, max - min)];
  return `Shown from ${from} to ${to}.`;
}
