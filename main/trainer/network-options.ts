// Run spec + data → the options of the network program.
import type { NetworkProgramOptions } from '../engine/network/steps.ts';
import type { AugmentationSpec } from '../../shared/spec/recipe.ts';
import type { RunSpec } from '../../shared/spec/run.ts';
import type { Augmentation } from '../engine/ops/input.ts';
import type { NetworkPlan } from '../zoo/plan.ts';
import type { PreparedData } from './prepared-data.ts';

export function networkOptions(
  spec: RunSpec,
  context: {
    plan: NetworkPlan;
    data: Pick<PreparedData, 'source' | 'normalization'>;
    batch: number;
  },
): NetworkProgramOptions {
  const { labelSmoothing, augmentation, optimizer } = spec.recipe;
  return {
    plan: context.plan,
    batch: context.batch,
    data: context.data.source,
    normalization: context.data.normalization,
    augmentation: toAugmentation(augmentation),
    labelSmoothing,
    optimizer: {
      momentum: optimizer.momentum,
      nesterov: optimizer.nesterov,
      weightDecay: optimizer.weightDecay,
      decayNormAndBias: optimizer.decayNormAndBias,
      clipNorm: optimizer.clipNorm ?? undefined,
    },
  };
}

function toAugmentation(spec: AugmentationSpec): Augmentation {
  switch (spec.kind) {
    case 'none':
      return { pad: 0, flip: false };
    case 'pad-crop-flip':
      return { pad: spec.pad, flip: spec.flip };
  }
}

/** For networks that are only evaluated: what concerns training has no effect. */
export function inferenceOptions(context: {
  plan: NetworkPlan;
  data: Pick<PreparedData, 'source' | 'normalization'>;
  batch: number;
}): NetworkProgramOptions {
  const { plan, data, batch } = context;
  return {
    plan,
    batch,
    data: data.source,
    normalization: data.normalization,
    augmentation: { pad: 0, flip: false },
    labelSmoothing: 0,
    optimizer: {
      momentum: 0,
      nesterov: false,
      weightDecay: 0,
      decayNormAndBias: false,
      clipNorm: undefined,
    },
  };
}
