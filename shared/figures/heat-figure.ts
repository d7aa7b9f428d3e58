// Block heat maps side by side on one colour scale, so that equal colours are equal numbers. Pure.
// Columns are units in depth order, steps go upwards, the colour is logarithmic.
import { formatNorm } from '../format.ts';
import { logRange } from './axis-range.ts';
import { toCss, viridis } from './colour-maps.ts';
import { union } from './extent.ts';
import { HeatPixels, heatRows, positiveExtent, type HeatSource } from './heat-pixels.ts';
import { formatLogTick, logTicks } from './log-ticks.ts';
import { pngAddress, rgbaPng } from './palette-png.ts';
import { element, picture, shortened, text, tip, type Size } from './svg.ts';

export interface HeatMapInput {
  readonly label: string;
  readonly source: HeatSource;
  /** Names of the units, one a column. */
  readonly units: readonly string[];
}

export interface HeatFigure {
  readonly label: string;
  readonly quantity: string;
  readonly maps: readonly HeatMapInput[];
}

const ACROSS = 3;
const GAP = 14;
const LEFT = 44;
const BAR = 84;
const MAP_HEIGHT = 150;
const HEAD = 22;
const FOOT = 20;

export function drawHeat(figure: HeatFigure, width = 720): string {
  const maps = figure.maps.filter(({ source }) => source.steps.length > 0);
  const across = Math.max(1, Math.min(ACROSS, maps.length));
  const rows = Math.max(1, Math.ceil(maps.length / across));
  const mapWidth = (width - LEFT - BAR - GAP * (across - 1)) / across;
  const size: Size = { width, height: rows * (HEAD + MAP_HEIGHT + FOOT) };
  const scale = logRange(
    maps
      .map(({ source }) => positiveExtent(source.values))
      .reduce(union, { low: Infinity, high: -Infinity }),
  );
  const endStep = Math.max(1, ...maps.map(({ source }) => (source.steps.at(-1) ?? 0) + 1));
  const drawn = maps.map((map, i) => {
    const left = LEFT + (i % across) * (mapWidth + GAP);
    const top = Math.floor(i / across) * (HEAD + MAP_HEIGHT + FOOT) + HEAD;
    return [
      text(shortened(map.label, mapWidth), { x: left, y: top - 7, 'font-weight': '500' }),
      drawMap(map, { left, top, width: mapWidth, endStep, scale }),
      ...(i % across === 0
        ? [
            text('0', { x: left - 5, y: top + MAP_HEIGHT, 'text-anchor': 'end', 'font-size': 11 }),
            text(String(endStep - 1), {
              x: left - 5,
              y: top + 9,
              'text-anchor': 'end',
              'font-size': 11,
            }),
          ]
        : []),
    ].join('');
  });
  return picture(size, figure.label, ...drawn, colourBar(figure.quantity, width - BAR + 18, scale));
}

interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly endStep: number;
  readonly scale: { readonly min: number; readonly max: number };
}

function drawMap({ source, units, label }: HeatMapInput, at: Place): string {
  const { left, top, width, endStep, scale } = at;
  const pixels = new HeatPixels(source.width, {
    ...heatRows(source, endStep, MAP_HEIGHT),
    ...scale,
  });
  pixels.add(source, 0);
  const { rows } = pixels.layout;
  const bytes = new Uint8Array(
    pixels.pixels.buffer,
    pixels.pixels.byteOffset,
    pixels.pixels.byteLength,
  );
  const cell = width / source.width;
  const borders = units.flatMap((unit, i) => {
    const before = units[i - 1]?.split('.', 1)[0];
    const stage = unit.split('.', 1)[0] ?? unit;
    if (stage === before) return [];
    const x = left + i * cell;
    return [
      i === 0
        ? ''
        : element('line', {
            x1: x,
            x2: x,
            y1: top,
            y2: top + MAP_HEIGHT,
            stroke: 'white',
            'stroke-opacity': '0.5',
          }),
      cell * units.filter((other) => other.split('.', 1)[0] === stage).length > 24
        ? text(stage.replace('layer', ''), {
            x: x + 2,
            y: top + MAP_HEIGHT + 13,
            'font-size': 11,
            fill: 'var(--text-3)',
          })
        : '',
    ];
  });
  return [
    element('rect', { x: left, y: top, width, height: MAP_HEIGHT, fill: 'var(--surface-2)' }),
    element(
      'image',
      {
        ...{ x: left, y: top, width, height: MAP_HEIGHT, preserveAspectRatio: 'none' },
        ...{ 'image-rendering': 'pixelated', href: pngAddress(rgbaPng(bytes, source.width, rows)) },
      },
      tip(`${label}: ${source.width} units, steps 0 to ${endStep - 1}`),
    ),
    ...borders,
  ].join('');
}

function colourBar(quantity: string, x: number, scale: { min: number; max: number }): string {
  const top = HEAD;
  const steps = 60;
  const y = (share: number): number => top + (1 - share) * MAP_HEIGHT;
  const cells = Array.from({ length: steps }, (_, i) =>
    element('rect', {
      ...{ x, y: y((i + 1) / steps), width: 12, height: MAP_HEIGHT / steps + 0.5 },
      fill: toCss(viridis((i + 0.5) / steps)),
    }),
  );
  const share = (value: number): number =>
    (Math.log(value) - Math.log(scale.min)) / (Math.log(scale.max) - Math.log(scale.min));
  const ticks = logTicks(scale.min, scale.max, 5).map((value) =>
    text(formatLogTick(value), {
      x: x + 16,
      y: y(share(value)) + 4,
      'font-size': 11,
      fill: 'var(--text-3)',
    }),
  );
  return [
    text(quantity, { x: x - 8, y: 14, 'font-size': 11 }),
    ...cells,
    ...ticks,
    tip(`${quantity}, logarithmic, ${formatNorm(scale.min)} to ${formatNorm(scale.max)}`),
  ].join('');
}
