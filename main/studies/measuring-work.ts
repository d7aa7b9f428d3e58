// How much a measurement computes, in images taken forward through the network, before it is made. What the
// estimate of a study's time rests on; how fast images are is the host's to know. Pure.
import type { ProbeSpec } from '../../shared/contract/probes.ts';
import type { ArchitectureSpec } from '../../shared/spec/architecture.ts';
import { spreadCounts } from './lesions/spread-counts.ts';

/** Backward costs twice what forward does. */
const BOTH_WAYS = 3;

export interface MeasuredOn {
  readonly architecture: ArchitectureSpec;
  readonly counts: Readonly<Record<'train' | 'val' | 'test', number>>;
  /** Two networks see the images. */
  readonly isCompared: boolean;
}

export function probeWork(spec: ProbeSpec, on: MeasuredOn): number {
  const { architecture, isCompared } = on;
  const blocks = architecture.stages.reduce((sum, stage) => sum + stage.blocks, 0);
  switch (spec.kind) {
    case 'lesions':
      return lesionWork(spec, on, blocks);
    case 'path-lengths': {
      const lengths = spreadCounts(blocks, Math.max(2, spec.lengths - 1)).length + 1;
      return BOTH_WAYS * lengths * spec.samples;
    }
    case 'initialization': {
      const variants = architecture.shortcut === 'none' ? 2 : 3;
      return BOTH_WAYS * variants * spec.draws * Math.min(spec.images, on.counts.train);
    }
    case 'similarity':
      return (isCompared ? 2 : 1) * imagesOf(spec, on);
    case 'landscape':
      return spec.points ** 2 * Math.min(spec.images, countOf(spec.split ?? 'train', on));
    case 'responses':
    case 'collapse':
    case 'gates':
      return imagesOf(spec, on);
    case 'correctness':
      return countOf(spec.split, on);
    case 'pictures':
      return spec.images + spec.samples + spec.walks * spec.steps;
  }
}

function lesionWork(
  spec: Extract<ProbeSpec, { kind: 'lesions' }>,
  on: MeasuredOn,
  blocks: number,
): number {
  const { shortcut, groupNorm, stages } = on.architecture;
  const images = imagesOf(spec, on);
  const isAgain = spec.recalibrate && (groupNorm ?? null) === null;
  const again = isAgain ? images + Math.min(spec.recalibrationImages, on.counts.train) : 0;
  const kinds = spec.shortcuts && shortcut !== 'none' ? 2 : 1;
  // Blocks of a stage but its first can change places.
  const swaps = stages.reduce((sum, stage) => sum + Math.max(0, stage.blocks - 2), 0);
  const random = [blocks, swaps].reduce(
    (sum, most) => sum + spec.draws * spreadCounts(most, spec.counts).length,
    0,
  );
  return (images + again) * (1 + kinds * blocks) + images * random;
}

function imagesOf(
  {
    split,
    images,
  }: { readonly split?: keyof MeasuredOn['counts'] | undefined; images?: number | undefined },
  on: MeasuredOn,
): number {
  return Math.min(images ?? Infinity, countOf(split, on));
}

/** As the trainer picks: validation, else test, else training images. */
function countOf(
  split: keyof MeasuredOn['counts'] | undefined,
  { counts }: Pick<MeasuredOn, 'counts'>,
): number {
  if (split !== undefined) return counts[split];
  return counts.val || counts.test || counts.train;
}
