// What blocks do, for a report: heat maps of several runs on one colour scale, and how large the responses
// of all convolutions are. Pure.
import { HEAT_QUANTITIES } from '../../shared/compare/heat-quantities.ts';
import type { ReportBlock } from '../../shared/contract/app/reports.ts';
import { responseMoments } from '../../shared/curves/response-moments.ts';
import { drawHeat } from '../../shared/figures/heat-figure.ts';
import { drawLines, type LineFigure } from '../../shared/figures/line-figure.ts';
import { lineFigureJson } from '../../shared/figures/line-json.ts';
import { formatExact } from '../../shared/format.ts';
import type { Comparison } from './comparison.ts';
import type { ReportData } from './report-data.ts';
import { nothing, type DraftPiece } from './said.ts';

const HEAT_ROWS = 150;
const MOST_HEAT_MAPS = 9;
const RESPONSES = 'conv/response-deviation';

export function heatPieces(
  { series: name, maps: chosen }: Extract<ReportBlock, { kind: 'heat' }>,
  data: ReportData,
  { groups }: Comparison,
): DraftPiece[] {
  const quantity = HEAT_QUANTITIES.find(({ series }) => series === name);
  const wanted =
    chosen ??
    groups.slice(0, MOST_HEAT_MAPS).flatMap(({ label, members }) => {
      const first = members[0]?.run.run;
      return first ? [{ run: first.id, label: `${label}, seed ${first.seed}` }] : [];
    });
  const maps = wanted.flatMap(({ run, label }) => {
    const source = data.series(run, name, { maxPoints: HEAT_ROWS });
    return source ? [{ label, source, units: source.labels }] : [];
  });
  const what = quantity?.title ?? name;
  const title =
    maps.length === 1
      ? what.replace(/^./, (letter) => letter.toUpperCase())
      : `Blocks side by side: ${what}`;
  if (maps.length === 0) return [nothing(title)];
  return [
    {
      kind: 'figure',
      title,
      svg: drawHeat({ label: title, quantity: quantity?.symbol ?? '', maps }),
      note: `Columns are units in depth order, steps go upwards. ${maps.length === 1 ? 'The colour scale is logarithmic.' : 'One run a map, n = 1; one logarithmic colour scale for all.'}`,
    },
  ];
}

/** He et al. 2015, figure 7. */
export function responsePieces(
  { run, isSorted }: Extract<ReportBlock, { kind: 'responses' }>,
  data: ReportData,
): DraftPiece[] {
  const title = isSorted ? 'Responses sorted by size' : 'Responses by layer';
  const series = data.series(run, RESPONSES, { maxPoints: HEAT_ROWS });
  const [compared] = data.compared([run], data.document.lastK);
  if (!series || series.steps.length === 0 || !compared) return [nothing(title)];
  const x = Float64Array.from({ length: series.width }, (_, i) => i + 1);
  const figure: LineFigure = {
    label: title,
    xTitle: isSorted ? 'Convolution by size of its response' : 'Convolution in depth order',
    yTitle: 'Standard deviation',
    curves: responseMoments(series).map(({ step, values }, at) => ({
      ...{ label: `step ${formatExact(step)}`, series: at, isDashed: false },
      line: { x, y: isSorted ? values.toSorted((a, b) => b - a) : values },
    })),
  };
  return [
    {
      kind: 'figure',
      title,
      svg: drawLines(figure).svg,
      note: `${compared.run.name}, seed ${compared.run.seed} (${run}): standard deviation of each convolution’s response after batch norm.`,
      lines: lineFigureJson(figure),
    },
  ];
}
