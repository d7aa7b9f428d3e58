// The confusion matrix as a chart and as CSV. Pure.
import type { ChartConfiguration } from 'chart.js';
import {
  cellSentence,
  confusionCells,
  WRITTEN_CLASSES,
  type Confusion,
  type ConfusionCell,
} from '../../../shared/compare/confusion.ts';
import { readableOn, toCss, viridis } from '../../../shared/figures/colour-maps.ts';
import { csvCell } from '../../../shared/csv.ts';
import type { ChartTheme } from '../../charts/theme.ts';

/** Counts as CSV: a row for each label, a column for each prediction, both in this order. */
export function confusionCsv({ classes, counts }: Confusion, order: readonly number[]): string {
  const nameOf = (index: number): string => csvCell(classes[index] ?? '');
  const rows = [['label', ...order.map(nameOf)].join(',')];
  for (const label of order) {
    const cells = order.map((predicted) => counts[label * classes.length + predicted] ?? 0);
    rows.push([nameOf(label), ...cells].join(','));
  }
  return `${rows.join('\r\n')}\r\n`;
}

export function buildConfusionChart(
  confusion: Confusion,
  order: readonly number[],
  theme: ChartTheme,
  onCell: (label: number, predicted: number) => void,
): ChartConfiguration<'matrix'> {
  const cells = confusionCells(confusion, order);
  const names = order.map((index) => confusion.classes[index] ?? '');
  return {
    type: 'matrix',
    data: { datasets: [cellDataset(cells, names.length, theme)] },
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
            label: ({ dataIndex }) => {
              const cell = cells[dataIndex];
              return cell ? cellSentence(cell) : '';
            },
          },
        },
      },
      scales: { x: predictedAxis(names, theme), y: labelAxis(names, theme) },
    },
    plugins: names.length <= WRITTEN_CLASSES ? [countsPlugin(cells, theme)] : [],
  };
}

function cellDataset(
  cells: ConfusionCell[],
  side: number,
  theme: ChartTheme,
): ChartConfiguration<'matrix'>['data']['datasets'][number] {
  const gap = side > 60 ? 0 : 1;
  return {
    label: 'Validation images',
    data: cells,
    backgroundColor: cells.map((cell) => toCss(viridis(cell.share))),
    borderWidth: 0,
    hoverBorderWidth: 2,
    hoverBorderColor: theme.accent,
    width: ({ chart }) => Math.max(1, chart.chartArea.width / side - gap),
    height: ({ chart }) => Math.max(1, chart.chartArea.height / side - gap),
  };
}

/** Names stand level where they fit beside each other, else upright: all or none. */
function predictedAxis(names: readonly string[], theme: ChartTheme) {
  const axis = classAxis('Predicted', names, theme);
  const { font } = axis.ticks;
  /** Before the first layout as if there were room. */
  const columnPx = ({ chartArea }: SizedChart): number => {
    const width = chartArea?.width ?? 0;
    return width > 0 ? Math.max(SMALLEST_LETTER_PX + 1, width / names.length) : font.size + 1;
  };
  const letterPx = (chart: SizedChart): number => Math.min(font.size, columnPx(chart) - 1);
  const isUpright = !areNarrow(names);
  // Chart.js draws upright names of an axis at the top a line's height to the left of their place.
  const labelOffset = ({ chart }: { readonly chart: SizedChart }): number =>
    isUpright ? LINE_HEIGHT * letterPx(chart) : 0;
  return {
    ...axis,
    position: 'top' as const,
    ticks: {
      ...axis.ticks,
      // Upright names are as wide as a line is high: no column may be narrower.
      font: ({ chart }: { readonly chart: SizedChart }) => ({
        ...font,
        size: letterPx(chart),
        lineHeight: LINE_HEIGHT,
      }),
      // It may be a function, which its type does not know.
      labelOffset: labelOffset as unknown as number,
      maxRotation: isUpright ? 90 : 0,
      minRotation: isUpright ? 90 : 0,
    },
  };
}

/** Labels from top to bottom, so that the diagonal falls; the plug-in's default turns them. */
function labelAxis(names: readonly string[], theme: ChartTheme) {
  return { ...classAxis('Label', names, theme), reverse: false };
}

function classAxis(title: string, names: readonly string[], theme: ChartTheme) {
  const font = { family: theme.font, size: names.length > 40 ? 9 : 12 };
  return {
    type: 'category' as const,
    labels: [...names],
    offset: true,
    title: { display: true, text: title, color: theme.faint, font: { ...font, size: 12 } },
    grid: { display: false },
    border: { display: false },
    ticks: {
      color: theme.faint,
      font,
      autoSkip: names.length > 60,
      padding: 4,
      callback: (_value: unknown, at: number) => shortened(names[at] ?? ''),
    },
  };
}

interface SizedChart {
  readonly chartArea?: { readonly width: number };
}

const SMALLEST_LETTER_PX = 7;
const LINE_HEIGHT = 1.2;
const LONGEST_NAME = 22;

function shortened(name: string): string {
  return name.length <= LONGEST_NAME ? name : `${name.slice(0, LONGEST_NAME - 1)}…`;
}

/** Seven pixels a letter, and columns that get the narrower the more there are. */
function areNarrow(names: readonly string[]): boolean {
  const longest = Math.max(...names.map((name) => name.length));
  return longest * 7 < 560 / Math.max(1, names.length);
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
