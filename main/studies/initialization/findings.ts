// What a network is like before training. Pure.
import type { FigureSeries, Finding } from '../../../shared/contract/findings.ts';
import type { InitialVariant, ProbeValuesOf } from '../../../shared/contract/probes.ts';
import { formatNorm } from '../../../shared/format.ts';

type Values = ProbeValuesOf<'initialization'>;
type Blocks = Values['variants'][number]['blocks'];

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
    of: (block: Blocks[number]) => number | null,
  ): Finding['figures'][number] => ({
    kind: 'points',
    id,
    title,
    xTitle: 'Block, in depth order',
    yTitle,
    isLogX: false,
    isLogY: true,
    series: values.variants.map(({ variant, blocks }, colour): FigureSeries => ({
      label: VARIANT_NAMES[variant],
      colour,
      isDashed: variant === 'no-norm',
      isJoined: true,
      points: blocks.map((block, i) => ({ x: i + 1, y: of(block), note: block.name })),
    })),
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

/** Null where the shortcut does not vary. */
export function branchShare({ branchVariance, shortcutVariance }: Blocks[number]): number | null {
  if (branchVariance === null || !(shortcutVariance ?? 0)) return null;
  return branchVariance / (shortcutVariance ?? 1);
}
