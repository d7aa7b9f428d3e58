// Charts of curves for a report: those of its own comparison, and those that were put into it as they were
// on the screen, with axis, smoothing, zoom and all. Pure.
import type { ComparedRun } from '../../shared/compare/compared-run.ts';
import { looksByOrder } from '../../shared/compare/comparison-figures.ts';
import { drawnMembers } from '../../shared/compare/groups.ts';
import { isShare, metricMeasure, metricName } from '../../shared/compare/measure.ts';
import type { ChartCurve, LinesBlock, ReportBlock } from '../../shared/contract/app/reports.ts';
import { stepsInView, xContextOf } from '../../shared/curves/run-curves.ts';
import { component, refineSeries } from '../../shared/curves/series-merge.ts';
import { smooth } from '../../shared/curves/smooth.ts';
import { throughputOf } from '../../shared/curves/throughput.ts';
import { formatX, X_TITLES, type XKind } from '../../shared/curves/x-axis.ts';
import { xValues } from '../../shared/curves/x-values.ts';
import { drawLines, type FigureCurve, type LineFigure } from '../../shared/figures/line-figure.ts';
import { lineFigureJson } from '../../shared/figures/line-json.ts';
import { bandOf, type Line } from '../../shared/stats/band.ts';
import { SPREAD_NAMES, type SpreadKind } from '../../shared/stats/summary.ts';
import type { Comparison } from './comparison.ts';
import type { ReportData, ReportSeries } from './report-data.ts';
import { nothing, sentences, type DraftPiece } from './said.ts';

/** Enough for a chart of a page's width; every point is in the CSV. */
export const CURVE_POINTS = 1000;
/** With more curves than this, raw ones behind would only be fog; the same in the app. */
const RAW_LIMIT = 12;
const PERCENT = 100;

type Drawn = LinesBlock['drawn'];

interface Style {
  readonly spread: SpreadKind;
  readonly drawn: Drawn;
}

/** Mean and band of several seeds; a single one is a plain curve. */
function curveOf(
  named: Pick<FigureCurve, 'label' | 'series' | 'isDashed'>,
  { members, besides }: { readonly members: readonly Line[]; readonly besides: readonly Line[] },
  { spread, drawn }: Style,
): FigureCurve | undefined {
  const [only] = members;
  if (!only) return undefined;
  const alone = besides.length > 0 ? { members: besides } : {};
  if (members.length === 1) return { ...named, line: only, ...alone };
  const band = bandOf(members, { spread, points: CURVE_POINTS });
  return {
    ...named,
    line: { x: band.x, y: band.mean },
    ...(drawn === 'traces' ? {} : { band }),
    ...(drawn === 'band' ? alone : { members: [...members, ...besides] }),
  };
}

/** A metric of the report's own comparison. */
export function curvePieces(
  { metric, drawn, isLogY, smoothing }: Extract<ReportBlock, { kind: 'curves' }>,
  data: ReportData,
  { groups, spread }: Comparison,
): DraftPiece[] {
  const lookOf = looksByOrder(groups);
  const factor = isShare(metric) ? PERCENT : 1;
  const title = metricName(metric).replace(/^./, (letter) => letter.toUpperCase());
  const seen = { isThinned: false, hasUnfinished: false };
  const curves = groups.flatMap((group): FigureCurve[] => {
    const { counted, leftOut } = drawnMembers(group);
    const lineOf = ({ run }: ComparedRun): Line[] => {
      const series = data.series(run.id, metric, { maxPoints: CURVE_POINTS });
      if (!series || series.steps.length === 0) return [];
      seen.isThinned ||= series.pointCount > series.steps.length;
      const y = scaled(smooth(series.values, smoothing), factor);
      return [{ x: Float64Array.from(series.steps), y }];
    };
    // Without a single one that finished, what there is of them is all there is to see.
    const members = (counted.length > 0 ? counted : leftOut).flatMap(lineOf);
    const besides = counted.length > 0 ? leftOut.flatMap(lineOf) : [];
    seen.hasUnfinished ||= leftOut.length > 0;
    const named = { label: group.label, ...lookOf(group) };
    const curve = curveOf(named, { members, besides }, { spread, drawn });
    return curve ? [curve] : [];
  });
  if (curves.length === 0) return [nothing(title)];
  return [
    piece(
      title,
      {
        label: title,
        xTitle: X_TITLES.step,
        yTitle: metricMeasure(metric, 'final').axis,
        curves,
        xKind: 'step',
        isLogY,
        ...(isShare(metric) ? { yBounds: { low: 0, high: PERCENT } } : {}),
      },
      sentences(
        bandNote(
          groups.map((group) => drawnMembers(group).counted.length),
          { spread, drawn },
        ),
        seen.hasUnfinished && UNFINISHED,
        smoothingNote([{ smoothing, runs: [] }]),
        seen.isThinned && THINNED,
      ),
    ),
  ];
}

const THINNED = `Long curves hold the smallest and the largest value of up to ${CURVE_POINTS / 2} equal intervals; every point is in the CSV.`;

const UNFINISHED = 'Runs that did not finish are drawn thin and are in no mean.';

/** As it was on the screen. */
export function linesPieces(block: LinesBlock, data: ReportData): DraftPiece[] {
  const { title, curves, x, range, isLogX, isLogY, isClipped, spread, drawn } = block;
  const seen = { isThinned: false };
  const drawnCurves = curves.flatMap((curve): FigureCurve[] => {
    const pointsOf = (run: ComparedRun): Line[] => {
      const context = xContextOf(run.run, run.stepsPerEpoch ?? undefined);
      const steps = stepsInView(range, x, context);
      const overview = data.series(run.run.id, curve.series, { maxPoints: CURVE_POINTS });
      if (!overview || overview.steps.length === 0) return [];
      const isThin = overview.pointCount > overview.steps.length;
      const finer =
        isThin && steps
          ? data.series(run.run.id, curve.series, { maxPoints: CURVE_POINTS, range: steps })
          : undefined;
      seen.isThinned ||= isThin && (finer === undefined || finer.pointCount > finer.steps.length);
      const whole = finer && steps ? refineSeries(overview, finer, steps) : overview;
      const read = readingOf(whole, curve, run.spec.recipe.batch);
      const places = read && xValues(read, x, context);
      return read && places ? [{ x: places, y: read.values }] : [];
    };
    const factor = block.isShare ? PERCENT : 1;
    const found = data.compared(curve.runs, data.document.lastK).flatMap(pointsOf);
    const unfinished = data.compared(curve.besides, data.document.lastK).flatMap(pointsOf);
    const smoothed = ({ x: places, y }: Line): Line => ({
      x: places,
      y: scaled(smooth(y, curve.smoothing), factor),
    });
    const members = found.map(smoothed);
    const besides = unfinished.map(smoothed);
    const named = { label: curve.label, series: curve.colour, isDashed: curve.isDashed };
    const made = curveOf(named, { members, besides }, { spread, drawn });
    const [only] = found;
    const hasRaw = found.length === 1 && curve.smoothing.kind !== 'none';
    if (!made || !only) return [];
    return hasRaw && curves.length <= RAW_LIMIT
      ? [{ ...made, raw: { x: only.x, y: scaled(only.y, factor) } }]
      : [made];
  });
  if (drawnCurves.length === 0) return [nothing(title)];
  return [
    piece(
      title,
      {
        ...{ label: title, xTitle: X_TITLES[x], yTitle: block.yTitle, curves: drawnCurves },
        ...{ xKind: x, xRange: range, isLogX: isLogX && x !== 'clock', isLogY, isClipped },
        ...(block.isShare ? { yBounds: { low: 0, high: PERCENT } } : {}),
      },
      sentences(
        bandNote(
          curves.map(({ runs }) => runs.length),
          { spread, drawn },
        ),
        curves.some(({ besides }) => besides.length > 0) && UNFINISHED,
        smoothingNote(curves),
        range !== null && rangeNote(x, range),
        isClipped && 'The vertical axis shows the 5th to the 95th percentile.',
        seen.isThinned && THINNED,
      ),
    ),
  ];
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

type Read = Pick<ReportSeries, 'steps' | 'elapsedMs' | 'values'>;

function readingOf(series: ReportSeries, curve: ChartCurve, batch: number): Read | undefined {
  if (curve.reading === 'throughput') return throughputOf(series, batch);
  if (curve.component === undefined) return series.width === 1 ? series : undefined;
  const index = series.labels.indexOf(curve.component);
  if (index < 0) return undefined;
  return { ...series, values: component(series, index) };
}

function scaled(values: Float32Array, factor: number): Float32Array {
  return factor === 1 ? values : values.map((value) => value * factor);
}

/** What the line and what is around it stand for, and of how many seeds. */
function bandNote(counts: readonly number[], { spread, drawn }: Style): string {
  const several = [...new Set(counts.filter((count) => count > 1))].sort((a, b) => a - b);
  if (several.length === 0) return '';
  const n = several.length === 1 ? String(several[0]) : `${several[0]} to ${several.at(-1)}`;
  return sentences(
    `Line: mean of n = ${n} seeds`,
    drawn !== 'traces' && `; band: ${SPREAD_NAMES[spread]}`,
    drawn !== 'band' && '; thin: the seeds',
  )
    .replaceAll(' ;', ';')
    .concat('.');
}

function smoothingNote(curves: readonly Pick<ChartCurve, 'smoothing' | 'runs'>[]): string {
  const smoothing = curves.find((curve) => curve.smoothing.kind !== 'none')?.smoothing;
  if (smoothing === undefined) return '';
  const raw = curves.some(({ runs }) => runs.length === 1) ? '; faint: as measured' : '';
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
