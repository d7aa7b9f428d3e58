// The confusion matrix as data: rows are labels, columns predictions, each row normalized to its own
// number of examples. Pure.
import type { ChartConfiguration } from 'chart.js';
import { formatPercent } from '../../../shared/format.ts';
import { readableOn, toCss, viridis } from '../../../shared/figures/colour-maps.ts';
import { quoted } from '../../charts/chart-csv.ts';
import type { ChartTheme } from '../../charts/theme.ts';

export interface Confusion {
  readonly classes: readonly string[];
  /** Row-major counts. */
  readonly counts: readonly number[];
}

export type ClassOrder = 'given' | 'worst';

export interface ClassScore {
  readonly index: number;
  readonly name: string;
  readonly examples: number;
  /** Share of the examples of this class that are recognized; NaN without examples. */
  readonly recall: number;
  /** What it is most often taken for, if it ever is. */
  readonly takenFor: { readonly name: string; readonly count: number } | null;
}

export function classScores({ classes, counts }: Confusion): ClassScore[] {
  const side = classes.length;
  return classes.map((name, index) => {
    const row = counts.slice(index * side, (index + 1) * side);
    const examples = row.reduce((sum, count) => sum + count, 0);
    let worst = -1;
    row.forEach((count, column) => {
      if (column !== index && count > (worst < 0 ? 0 : (row[worst] ?? 0))) worst = column;
    });
    return {
      index,
      name,
      examples,
      recall: examples === 0 ? Number.NaN : (row[index] ?? 0) / examples,
      takenFor: worst < 0 ? null : { name: classes[worst] ?? '', count: row[worst] ?? 0 },
    };
  });
}

/** Class numbers in the order to show them; classes without examples stand last. */
export function classOrder(confusion: Confusion, order: ClassOrder): number[] {
  const scores = classScores(confusion);
  if (order === 'worst') {
    const rank = ({ recall }: ClassScore): number => (Number.isNaN(recall) ? 2 : recall);
    scores.sort((a, b) => rank(a) - rank(b));
  }
  return scores.map(({ index }) => index);
}

export interface ConfusionCell {
  readonly x: string;
  readonly y: string;
  readonly label: number;
  readonly predicted: number;
  readonly count: number;
  readonly share: number;
}

export function confusionCells(confusion: Confusion, order: readonly number[]): ConfusionCell[] {
  const { classes, counts } = confusion;
  const side = classes.length;
  const scores = classScores(confusion);
  return order.flatMap((label) =>
    order.map((predicted) => {
      const count = counts[label * side + predicted] ?? 0;
      const examples = scores[label]?.examples ?? 0;
      return {
        x: classes[predicted] ?? '',
        y: classes[label] ?? '',
        label,
        predicted,
        count,
        share: examples === 0 ? 0 : count / examples,
      };
    }),
  );
}

/** Counts as CSV: a row for each label, a column for each prediction, both in this order. */
export function confusionCsv({ classes, counts }: Confusion, order: readonly number[]): string {
  const nameOf = (index: number): string => quoted(classes[index] ?? '');
  const rows = [['label', ...order.map(nameOf)].join(',')];
  for (const label of order) {
    const cells = order.map((predicted) => counts[label * classes.length + predicted] ?? 0);
    rows.push([nameOf(label), ...cells].join(','));
  }
  return `${rows.join('\r\n')}\r\n`;
}

/** Numbers are written into the cells up to this many classes. */
const WRITTEN_CLASSES = 24;

export function buildConfusionChart(
  confusion: Confusion,
  order: readonly number[],
  theme: ChartTheme,
  onCell: (label: number, predicted: number) => void,
): ChartConfiguration<'matrix'> {
  const cells = confusionCells(confusion, order);
  const names = order.map((index) => confusion.classes[index] ?? '');
  const side = names.length;
  const font = { family: theme.font, size: side > 40 ? 9 : 12 };
  const ticks = {
    color: theme.faint,
    font,
    autoSkip: side > 60,
    padding: 4,
    callback: (_value: unknown, at: number) => shortened(names[at] ?? ''),
  };
  return {
    type: 'matrix',
    data: {
      datasets: [
        {
          label: 'Validation images',
          data: cells,
          backgroundColor: cells.map((cell) => toCss(viridis(cell.share))),
          borderWidth: 0,
          hoverBorderWidth: 2,
          hoverBorderColor: theme.accent,
          width: ({ chart }) => Math.max(1, chart.chartArea.width / side - (side > 60 ? 0 : 1)),
          height: ({ chart }) => Math.max(1, chart.chartArea.height / side - (side > 60 ? 0 : 1)),
        },
      ],
    },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      onClick: (_event, elements) => {
        const cell = cells[elements[0]?.index ?? -1];
        if (cell) onCell(cell.label, cell.predicted);
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          displayColors: false,
          callbacks: {
            title: () => '',
            label: ({ dataIndex }) => sentence(cells[dataIndex]),
          },
        },
      },
      scales: {
        x: {
          type: 'category',
          labels: names,
          offset: true,
          position: 'top',
          title: {
            display: true,
            text: 'Predicted',
            color: theme.faint,
            font: { ...font, size: 12 },
          },
          grid: { display: false },
          border: { display: false },
          // Level where they fit beside each other, else upright: all or none.
          ticks: { ...ticks, maxRotation: 90, minRotation: areNarrow(names) ? 0 : 90 },
        },
        y: {
          type: 'category',
          labels: names,
          offset: true,
          // Labels from top to bottom, so that the diagonal falls; the plug-in's default turns them.
          reverse: false,
          title: { display: true, text: 'Label', color: theme.faint, font: { ...font, size: 12 } },
          grid: { display: false },
          border: { display: false },
          ticks,
        },
      },
    },
    plugins: side <= WRITTEN_CLASSES ? [countsPlugin(cells, theme)] : [],
  };
}

const LONGEST_NAME = 22;

function shortened(name: string): string {
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME - 1)}…`;
}

/** Seven pixels a letter, and columns that get the narrower the more there are. */
function areNarrow(names: readonly string[]): boolean {
  const longest = Math.max(...names.map((name) => name.length));
  return longest * 7 < 560 / Math.max(1, names.length);
}

function sentence(cell: ConfusionCell | undefined): string {
  if (!cell) return '';
  const share = formatPercent(cell.share);
  return cell.label === cell.predicted
    ? `${cell.count} of ${cell.y} recognized (${share})`
    : `${cell.count} of ${cell.y} taken for ${cell.x} (${share})`;
}

function countsPlugin(
  cells: readonly ConfusionCell[],
  theme: ChartTheme,
): NonNullable<ChartConfiguration<'matrix'>['plugins']>[number] {
  return {
    id: 'counts',
    afterDatasetsDraw: ({ ctx: context, scales }) => {
      const { x, y } = scales;
      if (!x || !y) return;
      context.save();
      context.font = `12px ${theme.font}`;
      context.textAlign = 'center';
      context.textBaseline = 'middle';
      for (const cell of cells) {
        if (cell.count === 0) continue;
        context.fillStyle = readableOn(viridis(cell.share));
        context.fillText(
          String(cell.count),
          x.getPixelForValue(x.getLabels().indexOf(cell.x)),
          y.getPixelForValue(y.getLabels().indexOf(cell.y)),
        );
      }
      context.restore();
    },
  };
}
