// Where each unit of a network stands in its drawing: one column per unit (stem, blocks, head) in the
// order of the block heat map, so that tiles and heat map line up. Pure geometry; no element, no colour.
import { groupBy } from '../group-by.ts';
import type { NetworkOutline } from '../contract/app/zoo.ts';

export interface DrawnUnit {
  /** `stem`, `layer1.0` …, `head`. */
  readonly name: string;
  readonly kind: 'stem' | 'block' | 'head';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** -1 for stem and head. */
  readonly stage: number;
  /** Index in the outline's blocks; -1 for stem and head. */
  readonly block: number;
  /** How often it takes part in a training step. */
  readonly survival: number;
}

export interface DrawnArc {
  readonly unit: number;
  readonly kind: 'identity' | 'pad' | 'projection';
  /** Something learned or drawn decides how much of the shortcut passes. */
  readonly isGated: boolean;
  readonly path: string;
  /** Top of the arc, where a projection's mark stands. */
  readonly markX: number;
  readonly markY: number;
}

export interface DrawnStage {
  readonly name: string;
  readonly x: number;
  readonly width: number;
  /** `3 × 16 ch · 32²`. */
  readonly caption: string;
}

export interface NetworkLayout {
  readonly units: readonly DrawnUnit[];
  readonly arcs: readonly DrawnArc[];
  readonly stages: readonly DrawnStage[];
  /** Height of the line through the tiles' middles. */
  readonly axisY: number;
  /** One unit's share of the width. */
  readonly columnWidth: number;
}

const ARC_ROOM = 20;
const CAPTION_ROOM = 20;
const SMALLEST_TILE = 8;

/** Tiles are as tall as their feature map is wide in pixels, on a square-root scale. */
export function layOut(
  outline: NetworkOutline,
  { width, height }: { readonly width: number; readonly height: number },
): NetworkLayout {
  const count = outline.units.length;
  const columnWidth = width / count;
  // Thin columns keep no gap: 500 blocks in 1,000 pixels are still 500 tiles.
  const gap = columnWidth > 12 ? Math.min(10, columnWidth * 0.22) : columnWidth > 4 ? 1 : 0;
  const room = height - ARC_ROOM - CAPTION_ROOM;
  const axisY = ARC_ROOM + room / 2;
  const stemSide = outline.stages[0]?.output.height ?? 1;
  const largest = Math.max(stemSide, ...outline.blocks.map((block) => block.output.height));
  const tile = (
    index: number,
    side: number,
  ): Omit<DrawnUnit, 'name' | 'kind' | 'stage' | 'block' | 'survival'> => {
    const tall = Math.max(SMALLEST_TILE, room * Math.sqrt(side / largest));
    return {
      x: index * columnWidth + gap / 2,
      y: axisY - tall / 2,
      width: Math.max(0.5, columnWidth - gap),
      height: tall,
    };
  };
  const blockOf = new Map(outline.blocks.map(({ name }, index) => [name, index]));
  const units = outline.units.map((name, column): DrawnUnit => {
    const index = blockOf.get(name) ?? -1;
    const block = outline.blocks[index];
    if (block !== undefined) {
      const { stage, survival, output } = block;
      const place = tile(column, output.height);
      return { name, kind: 'block', stage, block: index, survival, ...place };
    }
    const kind = column === 0 ? 'stem' : 'head';
    const side = sideOf(outline, name, { stemSide, next: outline.units[column + 1] });
    return { name, kind, stage: -1, block: -1, survival: 1, ...tile(column, side) };
  });
  return {
    units,
    arcs: units.flatMap((unit, column) => {
      const block = outline.blocks[unit.block];
      const before = units[column - 1];
      if (block === undefined || block.shortcut === 'none' || before === undefined) return [];
      const isGated = block.merge !== 'add';
      const arc = arcOver(block.shortcut, { unit, before, index: column, columnWidth });
      return [{ ...arc, isGated }];
    }),
    stages: stageCaptions(outline, columnWidth),
    axisY,
    columnWidth,
  };
}

/** Of the map that a unit without blocks leaves: a head's is one pixel, a decoder begins small and ends large. */
function sideOf(
  { blocks }: NetworkOutline,
  unit: string,
  { stemSide, next }: { readonly stemSide: number; readonly next: string | undefined },
): number {
  switch (unit) {
    case 'stem':
      return stemSide;
    case 'decoder.start':
      return blocks.find(({ name }) => name === next)?.input.height ?? 1;
    case 'decoder.end':
      return blocks.at(-1)?.output.height ?? 1;
    default:
      return 1;
  }
}

function arcOver(
  kind: DrawnArc['kind'],
  at: {
    readonly unit: DrawnUnit;
    readonly before: DrawnUnit;
    readonly index: number;
    readonly columnWidth: number;
  },
): Omit<DrawnArc, 'isGated'> {
  const left = at.index * at.columnWidth;
  const right = left + at.columnWidth;
  const base = Math.min(at.unit.y, at.before.y) - 1;
  const rise = Math.min(ARC_ROOM - 5, 4 + at.columnWidth / 3);
  const top = base - rise;
  const bend = at.columnWidth * 0.18;
  const path =
    `M${left} ${base}C${left} ${top} ${left + bend} ${top} ${left + at.columnWidth / 2} ${top}` +
    `S${right} ${top} ${right} ${base}`;
  return { unit: at.index, kind, path, markX: left + at.columnWidth / 2, markY: top };
}

function stageCaptions({ units, blocks }: NetworkOutline, columnWidth: number): DrawnStage[] {
  const byStage = groupBy(blocks, ({ stage }) => String(stage));
  return [...byStage.values()].flatMap((members) => {
    const [first, last] = [members[0], members.at(-1)];
    if (!first || !last) return [];
    const { channels, height, width } = last.output;
    const side = height === width ? `${height}²` : `${height}×${width}`;
    return [
      {
        // `layer1` of `layer1.0`.
        name: first.name.replace(/\.\d+$/, ''),
        x: units.indexOf(first.name) * columnWidth,
        width: members.length * columnWidth,
        caption: `${members.length} × ${channels} ch · ${side}`,
      },
    ];
  });
}
