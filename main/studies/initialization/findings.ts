// What a network is like before training. Pure.
import type { FigureSeries, Finding, PointsFigure } from '../../../shared/contract/findings.ts';
import type { InitialVariant, ProbeValuesOf } from '../../../shared/contract/probes.ts';
import { formatNorm } from '../../../shared/format.ts';
import { lineOf, pointsFigure } from '../points-figure.ts';

type Values = ProbeValuesOf<'initialization'>;
export type Block = Values['variants'][number]['blocks'][number];

export const VARIANT_NAMES: Readonly<Record<InitialVariant, string>> = {
  'batch-norm': 'Batch norm',
  'no-norm': 'Without normalization',
  'zero-scale': 'Last scale 0',
};

export function findInitialization(values: Values): Finding {
  const normed = values.variants.find(({ variant }) => variant === 'batch-norm')?.blocks ?? [];
  const last = normed.at(-1);
  const figure = (
    id: string,
    title: string,
    yTitle: string,
    valueOf: (block: Block) => number | null,
  ): PointsFigure =>
    blockFigure({
      ...{ id, title, yTitle },
      series: values.variants.map(({ variant, blocks }, colour) =>
        lineOfBlocks(VARIANT_NAMES[variant], colour, { variant, blocks, valueOf }),
      ),
    });
  return {
    sentences: [
      `Before training, on ${values.examples} images and ${values.draws} draws of the weights: with batch norm the branch of the last block has variance ${formatNorm(last?.branchVariance ?? Number.NaN)}, its shortcut ${formatNorm(last?.shortcutVariance ?? Number.NaN)}.`,
    ],
    figures: [
      figure('branch', 'Variance of the branch', 'Variance', (block) => block.branchVariance),
      figure('shortcut', 'Variance of the shortcut', 'Variance', (block) => block.shortcutVariance),
      figure('ratio', 'Branch against shortcut', 'Variance ratio', branchShare),
      figure('gradient', 'Gradient at the block’s input', '‖dL/dx‖', (block) => block.gradientNorm),
    ],
    tables: [],
  };
}

export function blockFigure(
  given: Pick<PointsFigure, 'id' | 'title' | 'yTitle' | 'series'>,
): PointsFigure {
  return pointsFigure({ xTitle: 'Block, in depth order', isLogY: true, ...given });
}

export function lineOfBlocks(
  label: string,
  colour: number,
  given: {
    readonly variant: InitialVariant;
    readonly blocks: readonly Block[];
    readonly valueOf: (block: Block) => number | null;
  },
): FigureSeries {
  const { variant, blocks, valueOf } = given;
  const points = blocks.map((block, i) => ({ x: i + 1, y: valueOf(block), note: block.name }));
  return lineOf(label, colour, points, { isDashed: variant === 'no-norm' });
}

/** Null where the shortcut does not vary. */
export function branchShare({ branchVariance, shortcutVariance }: Block): number | null {
  if (branchVariance === null || !(shortcutVariance ?? 0)) return null;
  return branchVariance / (shortcutVariance ?? 1);
}
