// The drawing of a network for a report: the tiles and arcs of the page's drawing, as one picture. Pure.
import type { NetworkOutline } from '../contract/app/zoo.ts';
import { layOut } from './network-layout.ts';
import { element, picture, text, tip, type Size } from './svg.ts';

const STAGE_COLOURS = ['#9db7e8', '#7a9bdd', '#577fd0', '#3d64ba'] as const;

export function drawNetwork(
  outline: NetworkOutline,
  label: string,
  size: Size = { width: 720, height: 116 },
): string {
  const layout = layOut(outline, size);
  return picture(
    size,
    label,
    element('line', {
      x1: 0,
      x2: size.width,
      y1: layout.axisY,
      y2: layout.axisY,
      stroke: 'var(--border-strong)',
    }),
    ...layout.arcs.map((arc) =>
      element('path', {
        d: arc.path,
        fill: 'none',
        stroke: arc.kind === 'identity' ? 'var(--text-3)' : 'var(--warn)',
        'stroke-width': layout.columnWidth < 5 ? '0.5' : '1.25',
      }),
    ),
    ...layout.units.map((unit) => {
      const block = outline.blocks[unit.block];
      const words = block
        ? `${block.name}: ${block.branch}, ${block.output.height}×${block.output.width}×${block.output.channels}`
        : unit.name;
      return element(
        'rect',
        {
          ...{ x: unit.x, y: unit.y, width: unit.width, height: unit.height },
          rx: layout.columnWidth < 5 ? 0 : Math.min(3, unit.width / 4),
          fill:
            unit.kind === 'block' ? (STAGE_COLOURS[unit.stage % 4] ?? '') : 'var(--border-strong)',
        },
        tip(words),
      );
    }),
    ...layout.stages.map((stage) =>
      text(stage.width > 70 ? stage.caption : stage.name.replace('layer', ''), {
        ...{ x: stage.x + stage.width / 2, y: size.height - 4, 'text-anchor': 'middle' },
        ...{ 'font-size': 11, fill: 'var(--text-3)' },
      }),
    ),
  );
}
