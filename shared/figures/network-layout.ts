// Where each unit of a network stands in its drawing: one column per unit (stem, blocks, head) in the
// order of the block heat map, so that tiles and heat map line up. Pure geometry; no element, no colour.
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
  const count = outline.blocks.length + 2;
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
  const units: DrawnUnit[] = [
    { name: 'stem', kind: 'stem', stage: -1, block: -1, survival: 1, ...tile(0, stemSide) },
    ...outline.blocks.map((block, index): DrawnUnit => {
      const { name, stage, survival, output } = block;
      const place = tile(index + 1, output.height);
      return { name, kind: 'block', stage, block: index, survival, ...place };
    }),
    { name: 'head', kind: 'head', stage: -1, block: -1, survival: 1, ...tile(count - 1, 1) },
  ];
  return {
    units,
    arcs: outline.blocks.flatMap((block, index) => {
      const unit = units[index + 1];
      const before = units[index];
      if (block.shortcut === 'none' || unit === undefined || before === undefined) return [];
      const isGated = block.merge !== 'add';
      const arc = arcOver(block.shortcut, { unit, before, index: index + 1, columnWidth });
      return [{ ...arc, isGated }];
    }),
    stages: stageCaptions(outline, columnWidth),
    axisY,
    columnWidth,
  };
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

function stageCaptions(outline: NetworkOutline, columnWidth: number): DrawnStage[] {
  const captions: DrawnStage[] = [];
  let column = 1;
  for (const stage of outline.stages) {
    if (stage.blocks === 0) continue;
    const { channels, height, width } = stage.output;
    const side = height === width ? `${height}²` : `${height}×${width}`;
    captions.push({
      name: stage.name,
      x: column * columnWidth,
      width: stage.blocks * columnWidth,
      caption: `${stage.blocks} × ${channels} ch · ${side}`,
    });
    column += stage.blocks;
  }
  return captions;
}
