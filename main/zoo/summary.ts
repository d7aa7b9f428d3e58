// What a planned network costs, layer by layer, without building it: parameters, multiply-adds,
// memory that training keeps, receptive field. The result is what `zoo describe --json` prints.
import type { ArchitectureSpec } from '../../shared/spec/architecture.ts';
import { LayerWalk, type LayerSummary } from './layer-walk.ts';
import { DECODER_END, DECODER_START, type MapShape, type NetworkPlan } from './plan.ts';

export interface Totals {
  /** Trained scalars. */
  readonly parameters: number;
  /** Batch norm's running means and variances. */
  readonly statistics: number;
  /** Multiply-adds of convolutions and the classifier for one example, as torchvision counts. */
  readonly macs: number;
  /**
   * What one example leaves in memory between the forward and the backward pass, at 4 bytes a
   * value: each distinct tensor that some gradient needs, once. Those are the inputs of
   * convolutions, of the classifier and of batch norms, inputs and outputs of max pooling, outputs
   * of ReLUs and gates, dropout masks, what group normalization has centred, and what a gate
   * multiplies. Not counted: weights, gradients, and workspace of the kernels. A
   * batch keeps this times its size. Each tensor is counted at the layer that produces it.
   */
  readonly activationBytesPerExample: number;
  /**
   * Of the last feature map before global pooling, along the main path; what normalization and
   * squeeze-and-excitation see through their means is left out.
   */
  readonly receptiveField: number;
}

export interface StageSummary extends Totals {
  /** `stem`, `layer1` …, `head`. */
  readonly name: string;
  readonly blocks: number;
  readonly output: MapShape;
}

export interface NetworkSummary extends Totals {
  readonly name: string;
  readonly spec: ArchitectureSpec;
  readonly input: MapShape;
  readonly classes: number;
  /** Convolutions and classifier on the main path: what the 20 of ResNet-20 counts. */
  readonly depth: number;
  /** Which blocks take part in a training step, in words; absent where all do. */
  readonly sampling?: string;
  readonly stages: readonly StageSummary[];
  readonly layers: readonly LayerSummary[];
}

export function summarize(plan: NetworkPlan): NetworkSummary {
  const walk = new LayerWalk(plan.input);
  const stages: StageSummary[] = [];
  const stage = (name: string, blocks: number, visit: () => void): void => {
    const first = walk.rows.length;
    visit();
    stages.push({ name, blocks, output: walk.shape, ...totalsOf(walk, first) });
  };
  stage('stem', 0, () => {
    walk.image('stem');
    walk.sequence('stem', plan.stem.layers);
  });
  plan.spec.stages.forEach((_, index) => {
    const blocks = plan.blocks.filter((block) => block.stage === index);
    stage(`layer${index + 1}`, blocks.length, () => {
      for (const block of blocks) walk.block(block);
    });
  });
  stage('head', 0, () => walk.sequence('head', plan.head.layers));
  const { decoder } = plan;
  if (decoder) {
    stage('decoder', decoder.blocks.length, () => {
      walk.sequence(DECODER_START, [decoder.start, ...decoder.activation]);
      for (const block of decoder.blocks) walk.block(block);
      walk.sequence(DECODER_END, decoder.end);
    });
  }
  return {
    name: plan.spec.name,
    spec: plan.spec,
    input: plan.input,
    classes: plan.classes,
    ...totalsOf(walk, 0),
    depth: walk.depth,
    ...samplingOf(plan),
    stages,
    layers: walk.rows,
  };
}

/** Of the rows from `first` up to where the walk stands. */
function totalsOf(walk: LayerWalk, first: number): Totals {
  const rows = walk.rows.slice(first);
  const sum = (value: (row: LayerSummary) => number): number =>
    rows.reduce((total, row) => total + value(row), 0);
  return {
    parameters: sum((row) => row.parameters),
    statistics: sum((row) => row.statistics),
    macs: sum((row) => row.macs),
    activationBytesPerExample: sum((row) => row.activationBytes),
    receptiveField: walk.receptiveField,
  };
}

function samplingOf({ spec: { sampling }, blocks }: NetworkPlan): { sampling?: string } {
  switch (sampling?.kind) {
    case undefined:
    case 'all':
      return {};
    case 'exactly':
      return { sampling: `exactly ${sampling.blocks} of ${blocks.length} in each step` };
    case 'stochastic-depth': {
      const mean = blocks.reduce((sum, { survival }) => sum + survival, 0);
      const rule =
        sampling.rule === 'uniform'
          ? `each with probability ${sampling.survival}`
          : `the last with probability ${sampling.survival}, earlier ones linearly more often`;
      return { sampling: `${rule}: ${mean.toFixed(1)} of ${blocks.length} in a step on average` };
    }
  }
}
