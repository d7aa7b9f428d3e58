import { expect, test } from 'vitest';
import type { NetworkOutline } from '../contract/app/zoo.ts';
import { layOut } from './network-layout.ts';

const totals = {
  parameters: 0,
  statistics: 0,
  macs: 0,
  activationBytesPerExample: 0,
  receptiveField: 1,
};
const map = (side: number, channels: number) => ({ height: side, width: side, channels });

/** Stages of equal length, halving resolution; the first block of later stages projects. */
function outlineOf(stages: number, blocksEach: number): NetworkOutline {
  const blocks: NetworkOutline['blocks'] = [];
  for (let stage = 0; stage < stages; stage++) {
    for (let index = 0; index < blocksEach; index++) {
      const isFirst = stage > 0 && index === 0;
      blocks.push({
        name: `layer${stage + 1}.${index}`,
        stage,
        gate: blocks.length,
        input: map(32 >> (isFirst ? stage - 1 : stage), 16),
        output: map(32 >> stage, 16),
        branch: '3×3 16 → 3×3 16',
        shortcut: isFirst ? 'projection' : 'identity',
        merge: 'add',
        survival: 1,
        parameters: 1,
        macs: 1,
      });
    }
  }
  const summary = (name: string, count: number, side: number) => ({
    ...totals,
    name,
    blocks: count,
    output: map(side, 16),
  });
  return {
    ...totals,
    depth: blocks.length * 2 + 2,
    stages: [
      summary('stem', 0, 32),
      ...Array.from({ length: stages }, (_, i) => summary(`layer${i + 1}`, blocksEach, 32 >> i)),
      summary('head', 0, 1),
    ],
    blocks,
    units: ['stem', ...blocks.map((block) => block.name), 'head'],
    convolutions: [],
  };
}

const size = { width: 1000, height: 120 };

test.each([
  [3, 1],
  [3, 9],
  [4, 125],
])(
  '%i stages of %i blocks: every tile lies in its own column and inside the drawing',
  (stages, each) => {
    const outline = outlineOf(stages, each);
    const layout = layOut(outline, size);
    expect(layout.units.map((unit) => unit.name)).toEqual(outline.units);
    layout.units.forEach((unit, index) => {
      expect(unit.x).toBeGreaterThanOrEqual(index * layout.columnWidth);
      expect(unit.x + unit.width).toBeLessThanOrEqual((index + 1) * layout.columnWidth + 0.5);
      expect(unit.y).toBeGreaterThanOrEqual(0);
      expect(unit.y + unit.height).toBeLessThanOrEqual(size.height);
    });
  },
);

test('tiles shrink with the resolution of their feature map', () => {
  const { units } = layOut(outlineOf(3, 2), size);
  expect(units[1]!.height).toBeGreaterThan(units[3]!.height);
  expect(units[3]!.height).toBeGreaterThan(units[5]!.height);
});

test('every shortcut has an arc, projections are marked, a plain network has none', () => {
  const outline = outlineOf(3, 3);
  const { arcs } = layOut(outline, size);
  expect(arcs.map((arc) => arc.kind).filter((kind) => kind === 'projection')).toHaveLength(2);
  expect(arcs).toHaveLength(9);
  for (const arc of arcs) expect(arc.markY).toBeGreaterThanOrEqual(0);
  const plain = {
    ...outline,
    blocks: outline.blocks.map((block) => ({ ...block, shortcut: 'none' as const })),
  };
  expect(layOut(plain, size).arcs).toEqual([]);
});

test('captions say blocks, channels and resolution of a stage and span its columns', () => {
  const { stages, columnWidth } = layOut(outlineOf(3, 4), size);
  expect(stages.map((stage) => stage.caption)).toEqual([
    '4 × 16 ch · 32²',
    '4 × 16 ch · 16²',
    '4 × 16 ch · 8²',
  ]);
  expect(stages[1]!.x).toBeCloseTo(5 * columnWidth);
  expect(stages[1]!.width).toBeCloseTo(4 * columnWidth);
});
