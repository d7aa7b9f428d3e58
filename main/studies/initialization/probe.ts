// Why residual networks start as shallow ones (De & Smith 2020, arXiv 2002.10444): variances of branch and
// shortcut and the gradient at each block's input, with weights as they are drawn, batch statistics, and
// no training; with batch norm, without normalization, and with each branch scaled by 0 at its end.
import type {
  InitialVariant,
  ProbeSpecOf,
  ProbeValuesOf,
} from '../../../shared/contract/probes.ts';
import { initialWeights } from '../../engine/network/initialize.ts';
import type { Program } from '../../engine/recording/program.ts';
import { tf, type Tensor } from '../../engine/tensorflow/library.ts';
import type { NetworkPlan } from '../../zoo/plan.ts';
import type { ProbeContext, ProbedNetwork } from '../probe/context.ts';
import { batchOf, chosenRows, type ImageBatch } from '../probe/images.ts';
import {
  finiteOrNull,
  floatsOf,
  gateFeed,
  imageFeeds,
  inputOf,
  KeptTensors,
  lossesOf,
  openProbe,
  probedLogits,
} from '../probe/probe-program.ts';

type Values = ProbeValuesOf<'initialization'>;

export async function probeInitialization(
  context: ProbeContext,
  spec: ProbeSpecOf<'initialization'>,
): Promise<Values> {
  const { plan } = context;
  const source = context.images('train');
  const rows = chosenRows(source, spec.images);
  const batch = await batchOf(source, rows, rows.length);
  const isPlain = plan.blocks.every(({ shortcut }) => shortcut.kind === 'none');
  const variants: readonly InitialVariant[] = isPlain
    ? ['batch-norm', 'no-norm']
    : ['batch-norm', 'no-norm', 'zero-scale'];
  const values: Values['variants'] = [];
  const total = variants.length * spec.draws;
  let done = 0;
  for (const variant of variants) {
    const start = new InitialNetwork(context, variant, rows.length);
    try {
      const sums = plan.blocks.map(() => ({ branch: 0, shortcut: 0, gradient: 0 }));
      for (let draw = 0; draw < spec.draws; draw++) {
        const weights = initialWeights(plan, context.seed + draw);
        start.measure(weights, batch).forEach((found, i) => {
          const sum = sums[i];
          if (!sum) throw new Error(`There is no block ${i}.`);
          sum.branch += found.branchVariance;
          sum.shortcut += found.shortcutVariance;
          sum.gradient += found.gradientNorm;
        });
        await context.report(`Starting weights ${++done} of ${total}`, done / total);
      }
      const mean = (sum: number | undefined) => finiteOrNull((sum ?? Number.NaN) / spec.draws);
      values.push({
        variant,
        blocks: plan.blocks.map(({ name }, i) => ({
          name,
          branchVariance: mean(sums[i]?.branch),
          shortcutVariance: mean(sums[i]?.shortcut),
          gradientNorm: mean(sums[i]?.gradient),
        })),
      });
    } finally {
      start.dispose();
    }
  }
  return { kind: 'initialization', examples: rows.length, draws: spec.draws, variants: values };
}

interface BlockStart {
  readonly branchVariance: number;
  readonly shortcutVariance: number;
  readonly gradientNorm: number;
}

/** A network with given weights, batch statistics and one of the variants. */
export class InitialNetwork {
  private readonly program: Program;
  private readonly plan: NetworkPlan;
  private readonly variant: InitialVariant;

  constructor(network: ProbedNetwork, variant: InitialVariant, size: number) {
    this.plan = network.plan;
    this.variant = variant;
    const names = network.plan.blocks.map(({ name }) => name);
    this.program = openProbe(network, [
      {
        name: 'start',
        feeds: [...imageFeeds(network, size), gateFeed('gates', network)],
        body: (inputs) => {
          const kept = new KeptTensors();
          const labels = inputs.feed('labels');
          tf.grad((x: Tensor): Tensor => {
            const logits = probedLogits(network, x, {
              inputs,
              gates: inputs.feed('gates'),
              probe: {
                norm: variant === 'no-norm' ? 'none' : 'batch',
                tap: (place, value) => {
                  if (place.kind !== 'branch' && place.kind !== 'shortcut') return;
                  kept.keep(`${place.kind}/${place.block}`, varianceOf(value));
                },
                inputGradient: (unit, dy) => kept.keep(`gradient/${unit}`, normOf(dy)),
              },
            });
            return tf.mean(lossesOf(network, logits, labels));
          })(inputOf(network, inputs));
          const each = (kind: string, isKnown: (name: string) => boolean): Tensor =>
            tf.stack(
              names.map((name) => (isKnown(name) ? kept.get(`${kind}/${name}`) : tf.scalar(0))),
            );
          const hasShortcut = (name: string): boolean =>
            network.plan.blocks.some(
              (block) => block.name === name && block.shortcut.kind !== 'none',
            );
          const outputs = {
            branch: each('branch', () => true),
            shortcut: each('shortcut', hasShortcut),
            gradient: each('gradient', () => true),
          };
          kept.dispose();
          return { outputs };
        },
      },
    ]);
  }

  measure(weights: ReadonlyMap<string, Float32Array>, batch: ImageBatch): BlockStart[] {
    this.program.write(weights);
    const { images, labels, valid } = batch;
    const gate = this.variant === 'zero-scale' ? 0 : 1;
    const gates = new Float32Array(this.plan.blocks.length).fill(gate);
    const results = this.program.run('start', {
      feeds: { images, labels, valid, gates },
      outputs: ['branch', 'shortcut', 'gradient'],
      update: false,
    });
    const of = (name: string): Float32Array => floatsOf(results, name);
    const [branch, shortcut, gradient] = [of('branch'), of('shortcut'), of('gradient')];
    return this.plan.blocks.map((_, i) => ({
      branchVariance: branch[i] ?? Number.NaN,
      shortcutVariance: shortcut[i] ?? Number.NaN,
      gradientNorm: gradient[i] ?? Number.NaN,
    }));
  }

  dispose(): void {
    this.program.dispose();
  }
}

/** Over all of a tensor's values. */
function varianceOf(value: Tensor): Tensor {
  return tf.mean(tf.square(tf.sub(value, tf.mean(value))));
}

function normOf(value: Tensor): Tensor {
  return tf.sqrt(tf.sum(tf.square(value)));
}
