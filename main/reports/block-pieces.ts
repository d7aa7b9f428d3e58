// What single runs show in a report: heat maps of their blocks on one colour scale, how large the
// responses of all convolutions are, and what they take for what. Pure.
import { HEAT_QUANTITIES, RESPONSES } from '../../shared/compare/heat-quantities.ts';
import { responseFigure, type ResponseCurve } from '../../shared/compare/response-figure.ts';
import { classOrder, classScores } from '../../shared/compare/confusion.ts';
import type { ReportBlock } from '../../shared/contract/app/reports.ts';
import { responseMoments } from '../../shared/curves/response-moments.ts';
import { drawConfusion } from '../../shared/figures/confusion-figure.ts';
import { drawHeat } from '../../shared/figures/heat-figure.ts';
import { drawReliability } from '../../shared/figures/reliability-figure.ts';
import { drawLines } from '../../shared/figures/line-figure.ts';
import { lineFigureJson } from '../../shared/figures/line-json.ts';
import { formatBytes, formatExact, formatPercent, formatSignificant } from '../../shared/format.ts';
import type { Comparison } from './comparison.ts';
import type { ReportData } from './report-data.ts';
import { noPoints, paragraph, warning, type DraftPiece } from './draft-pieces.ts';

const HEAT_ROWS = 150;
const MOST_HEAT_MAPS = 9;

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
    const source = data.series(run, name, HEAT_ROWS);
    return source ? [{ label, source, units: source.labels }] : [];
  });
  const what = quantity?.title ?? name;
  const title =
    maps.length === 1
      ? what.replace(/^./, (letter) => letter.toUpperCase())
      : `Blocks side by side: ${what}`;
  if (maps.length === 0) return [noPoints(title)];
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
  { runs, isSorted }: Extract<ReportBlock, { kind: 'responses' }>,
  data: ReportData,
): DraftPiece[] {
  const found = runs.flatMap((named) => {
    const series = data.series(named.run, RESPONSES, Infinity);
    return series && series.steps.length > 0 ? [{ named, moments: responseMoments(series) }] : [];
  });
  const [first] = found;
  const isOne = runs.length === 1;
  const curves =
    isOne && first
      ? first.moments.map(({ step, values }, colour): ResponseCurve => ({
          ...{ label: `step ${formatExact(step)}`, colour, isDashed: false, values },
        }))
      : found.flatMap(({ named: { label, colour, isDashed }, moments }): ResponseCurve[] => {
          const newest = moments.at(-1);
          return newest ? [{ label, colour, isDashed, values: newest.values }] : [];
        });
  const figure = responseFigure(curves, isSorted);
  if (curves.length === 0) return [noPoints(figure.label)];
  const whose = runs.map(({ run, label }) => `${label} (${run})`).join(', ');
  return [
    {
      kind: 'figure',
      title: figure.label,
      svg: drawLines(figure).svg,
      note: `Standard deviation of each convolution’s response after batch norm${isOne ? '' : ' at the last step, one run each'}: ${whose}.`,
      lines: lineFigureJson(figure),
    },
  ];
}

export function confusionPieces(
  { run, label, order }: Extract<ReportBlock, { kind: 'confusion' }>,
  data: ReportData,
): DraftPiece[] {
  const title = `Confusion, ${label}`;
  const confusion = data.confusion(run);
  if (!confusion) return [paragraph(`${title}: this run's best checkpoint was not judged.`)];
  const scores = classScores(confusion);
  const classes = classOrder(confusion, order);
  return [
    {
      kind: 'figure',
      title,
      svg: drawConfusion({ label: title, confusion, order: classes }),
      note: 'Rows are labels, each 100 %; columns what the network says; numbers are validation images. Best checkpoint, one run, n = 1.',
    },
    {
      kind: 'table',
      caption: `How well ${label} knows each class: validation split, best checkpoint, n = 1.`,
      columns: [
        { title: 'Class', isNumber: false },
        { title: 'Images', isNumber: true },
        { title: 'Recognized', isNumber: true },
        { title: 'Most often taken for', isNumber: false },
      ],
      rows: classes.flatMap((index) => {
        const score = scores[index];
        if (!score) return [];
        const { name, examples, recall, takenFor } = score;
        const other = takenFor ? `${takenFor.name} (${takenFor.count})` : '';
        return [[name, formatExact(examples), formatPercent(recall), other]];
      }),
    },
  ];
}

export function calibrationPieces(
  { run, label }: Extract<ReportBlock, { kind: 'calibration' }>,
  data: ReportData,
): DraftPiece[] {
  const title = `Calibration, ${label}`;
  const report = data.calibration(run);
  if (!report) {
    return [
      paragraph(
        `${title}: not looked at for this run's best checkpoint; open its Calibration tab.`,
      ),
    ];
  }
  const temperature = formatSignificant(report.temperature);
  const figures = [
    { when: 'as trained', reliability: report.before },
    { when: `logits divided by ${temperature}`, reliability: report.after },
  ];
  return figures.map(({ when, reliability }): DraftPiece => ({
    kind: 'figure',
    title: `${title}, ${when}`,
    svg: drawReliability(`${title}, ${when}`, reliability),
    note: `Expected calibration error ${formatPercent(reliability.expectedError)}, negative log-likelihood ${formatSignificant(reliability.nll)}; accuracy ${formatPercent(reliability.accuracy)}, mean confidence ${formatPercent(reliability.confidence)} of ${formatExact(report.examples)} validation images, best checkpoint at step ${formatExact(report.step)}, n = 1.${when === 'as trained' ? '' : ' The temperature is fitted and measured on the same images, so it is a little too good.'}`,
  }));
}

export function networkPieces(
  { run, label }: Extract<ReportBlock, { kind: 'network' }>,
  data: ReportData,
): DraftPiece[] {
  const found = data.network(run);
  const title = `Try ${label}`;
  if (found === undefined) {
    return [warning(`${title}: run ${run} has no checkpoint here, so its network can't be tried.`)];
  }
  if ('reason' in found) return [warning(`${title}: ${found.reason}`)];
  const { width, height, classes } = found;
  return [
    {
      kind: 'network',
      ...{ run, title },
      text: `Says which of ${classes} classes it sees in an image, at ${width} × ${height} pixels; the image stays on the reader's machine and no connection is needed. Only the HTML file of the report carries the network, with about ${formatBytes(found.weightBytes)} of weights.`,
    },
  ];
}
