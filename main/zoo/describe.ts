// A network summary as text for a terminal: totals, stages, then the layer table. In deep networks a
// run of equal blocks is written once, with how often it repeats.
import { formatBytes, formatCount, formatExact } from '../../shared/format.ts';
import type { LayerSummary } from './layer-walk.ts';
import type { MapShape } from './plan.ts';
import type { NetworkSummary } from './summary.ts';

export interface DescribeOptions {
  /** Write every layer, however many there are. */
  readonly allLayers?: boolean;
  /** Examples in a batch, for the activation memory. */
  readonly batch?: number;
}

/** Tables longer than this have their repeated blocks collapsed. */
const longTableRows = 60;

export function formatSummary(summary: NetworkSummary, options: DescribeOptions = {}): string {
  const { batch = 128, allLayers = false } = options;
  return [
    ...headline(summary, batch),
    '',
    ...table(stageColumns, stageRows(summary)),
    '',
    ...table(
      layerColumns,
      layerRows(summary.layers, allLayers || summary.layers.length <= longTableRows),
    ),
    '',
  ].join('\n');
}

function headline(summary: NetworkSummary, batch: number): string[] {
  const perExample = summary.activationBytesPerExample;
  return [
    `${summary.name}: ${summary.depth} layers on the main path, input ${shape(summary.input)}, ${summary.classes} classes`,
    `parameters       ${formatExact(summary.parameters)} (${formatCount(summary.parameters)}), and ${formatExact(summary.statistics)} statistics`,
    `multiply-adds    ${formatCount(summary.macs)} per example`,
    `activations      ${formatBytes(perExample)} per example, ${formatBytes(perExample * batch)} for a batch of ${batch}`,
    `receptive field  ${summary.receptiveField} px`,
    ...(summary.sampling === undefined ? [] : [`trained blocks   ${summary.sampling}`]),
  ];
}

const stageColumns: readonly Column[] = [
  { title: 'stage' },
  { title: 'blocks', right: true },
  { title: 'output' },
  { title: 'parameters', right: true },
  { title: 'multiply-adds', right: true },
  { title: 'activations', right: true },
  { title: 'field', right: true },
];

function stageRows(summary: NetworkSummary): string[][] {
  return summary.stages.map((stage) => [
    stage.name,
    stage.blocks === 0 ? '' : String(stage.blocks),
    shape(stage.output),
    formatCount(stage.parameters),
    formatCount(stage.macs),
    formatBytes(stage.activationBytesPerExample),
    String(stage.receptiveField),
  ]);
}

const layerColumns: readonly Column[] = [
  { title: 'layer' },
  { title: 'operation' },
  { title: 'output' },
  { title: 'parameters', right: true },
  { title: 'multiply-adds', right: true },
  { title: 'activations', right: true },
  { title: 'field', right: true },
];

function layerRows(layers: readonly LayerSummary[], all: boolean): string[][] {
  const rows: string[][] = [];
  const units = splitByUnit(layers);
  for (let i = 0; i < units.length; i++) {
    const unit = units[i] ?? [];
    rows.push(...unit.map(layerRow));
    if (all) continue;
    let repeats = 0;
    while (equalUnits(unit, units[i + repeats + 1] ?? [])) repeats++;
    if (repeats === 0) continue;
    rows.push(repeatRow(units[i + 1] ?? [], units[i + repeats] ?? [], repeats));
    i += repeats;
  }
  return rows;
}

function layerRow(layer: LayerSummary): string[] {
  return [
    layer.name,
    operation(layer),
    shape(layer.output),
    layer.parameters === 0 ? '' : formatCount(layer.parameters),
    layer.macs === 0 ? '' : formatCount(layer.macs),
    layer.activationBytes === 0 ? '' : formatBytes(layer.activationBytes),
    layer.receptiveField === null ? 'all' : String(layer.receptiveField),
  ];
}

/** Stands for `repeats` units that equal the one above, with their sums. */
function repeatRow(
  first: readonly LayerSummary[],
  last: readonly LayerSummary[],
  repeats: number,
): string[] {
  const sum = (value: (layer: LayerSummary) => number): number =>
    repeats * first.reduce((total, layer) => total + value(layer), 0);
  const from = first[0]?.unit ?? '';
  const to = last[0]?.unit ?? '';
  const end = last.at(-1);
  return [
    repeats === 1 ? `${from} is the same` : `${from} to ${to}`,
    repeats === 1 ? '' : `the same, ${repeats} times`,
    end === undefined ? '' : shape(end.output),
    formatCount(sum((layer) => layer.parameters)),
    formatCount(sum((layer) => layer.macs)),
    formatBytes(sum((layer) => layer.activationBytes)),
    end?.receptiveField === undefined ? '' : String(end.receptiveField ?? 'all'),
  ];
}

function splitByUnit(layers: readonly LayerSummary[]): LayerSummary[][] {
  const units: LayerSummary[][] = [];
  for (const layer of layers) {
    const current = units.at(-1);
    if (current?.[0]?.unit === layer.unit) current.push(layer);
    else units.push([layer]);
  }
  return units;
}

function equalUnits(a: readonly LayerSummary[], b: readonly LayerSummary[]): boolean {
  return a.length === b.length && fingerprint(a) === fingerprint(b);
}

/** Everything about a unit's layers but their names and how far they see. */
function fingerprint(unit: readonly LayerSummary[]): string {
  return JSON.stringify(
    unit.map((layer) => ({
      ...layer,
      name: layer.name.slice(layer.unit.length),
      unit: '',
      receptiveField: null,
    })),
  );
}

function operation({ op, kernel, stride, groups, dilation }: LayerSummary): string {
  const window = kernel === undefined ? '' : ` ${kernel}×${kernel}`;
  const step = stride === undefined || stride === 1 ? '' : ` /${stride}`;
  const split = groups === undefined || groups === 1 ? '' : `, ${groups} groups`;
  const spread = dilation === undefined || dilation === 1 ? '' : `, dilation ${dilation}`;
  return `${op}${window}${step}${split}${spread}`;
}

function shape({ height, width, channels }: MapShape): string {
  return `${height}×${width}×${channels}`;
}

interface Column {
  readonly title: string;
  readonly right?: boolean;
}

/** Aligned columns, two spaces apart, with a rule under the titles. */
function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ title }, i) =>
    Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ right = false }, i) => {
        const cell = cells[i] ?? '';
        return right ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0);
      })
      .join('  ')
      .trimEnd();
  return [
    line(columns.map(({ title }) => title)),
    widths.map((width) => '─'.repeat(width)).join('  '),
    ...rows.map(line),
  ];
}
