// Run spec + data → the options of the network program.
import type { OptimizerOptions } from '../engine/network/optimizer.ts';
import type { Frozen, NetworkProgramOptions } from '../engine/network/steps.ts';
import type { AugmentationSpec } from '../../shared/spec/augmentation.ts';
import { replicaCount } from '../../shared/spec/devices.ts';
import type { Precision } from '../../shared/spec/precision.ts';
import type { FrozenSpec, OptimizerSpec } from '../../shared/spec/recipe.ts';
import type { RunSpec } from '../../shared/spec/run.ts';
import type { BatchAugmentation } from '../engine/ops/training-batch.ts';
import { balancedWeights } from '../data/class-balance.ts';
import type { NetworkPlan } from '../zoo/plan.ts';
import type { PreparedData } from './prepared-data.ts';

export function networkOptions(
  spec: RunSpec,
  context: {
    plan: NetworkPlan;
    data: Pick<PreparedData, 'source' | 'normalization' | 'split'>;
    precision: Precision;
  },
): NetworkProgramOptions {
  const { recipe } = spec;
  return {
    plan: context.plan,
    batch: recipe.batch / recipe.microBatches,
    microBatches: recipe.microBatches,
    replicas: replicaCount(spec),
    data: context.data.source,
    normalization: context.data.normalization,
    augmentation: toAugmentation(recipe.augmentation),
    labelSmoothing: recipe.labelSmoothing,
    ...(recipe.classBalance === 'weights'
      ? {
          classWeights: balancedWeights(context.data.split('train').labels, context.plan.classes),
        }
      : {}),
    optimizer: toOptimizer(recipe.optimizer),
    precision: context.precision,
    averaging: recipe.averaging.kind !== 'none',
    frozen: toFrozen(recipe.frozen, context.plan),
    testTimeFlip: recipe.testTimeFlip,
    hasFeatures: context.plan.decoder === undefined,
  };
}

function toOptimizer(spec: OptimizerSpec): OptimizerOptions {
  return { ...spec, clipNorm: spec.clipNorm ?? undefined };
}

/** The stem and the first stages, by unit. */
function toFrozen(spec: FrozenSpec, plan: NetworkPlan): Frozen | undefined {
  if (spec.kind === 'none') return undefined;
  const blocks = plan.blocks.filter(({ stage }) => stage < spec.stages);
  return {
    units: new Set([plan.stem.name, ...blocks.map(({ name }) => name)]),
    normInference: spec.normInference,
  };
}

export function toAugmentation(spec: AugmentationSpec): BatchAugmentation {
  switch (spec.kind) {
    case 'none':
      return { pad: 0, flip: false };
    case 'pad-crop-flip':
      return { pad: spec.pad, flip: spec.flip };
    case 'composed':
      return spec;
  }
}

/** For networks that are only evaluated: what concerns training has no effect. */
export function inferenceOptions(context: {
  plan: NetworkPlan;
  data: Pick<PreparedData, 'source' | 'normalization'>;
  batch: number;
  testTimeFlip: boolean;
  precision: Precision;
  hasFeatures?: boolean;
}): NetworkProgramOptions {
  const { plan, data, batch, testTimeFlip, precision, hasFeatures = false } = context;
  return {
    ...{ precision, hasFeatures },
    plan,
    batch,
    data: data.source,
    normalization: data.normalization,
    augmentation: { pad: 0, flip: false },
    labelSmoothing: 0,
    testTimeFlip,
    optimizer: {
      kind: 'sgd',
      momentum: 0,
      nesterov: false,
      weightDecay: 0,
      decayNormAndBias: false,
      clipNorm: undefined,
    },
  };
}
