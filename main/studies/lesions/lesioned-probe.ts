// A trained network of which blocks' branches, shortcuts or places can be changed, and its error then.
// Blocks are removed by gates and swapped by their weights, so one recording serves all lesions.
import { isCorrect, isInTop } from '../../engine/ops/classification.ts';
import type { Program, ProgramFunction } from '../../engine/recording/program.ts';
import { tf, type Tensor } from '../../engine/tensorflow/library.ts';
import { weightsOf } from '../../zoo/parameters.ts';
import type { Judged } from '../../../shared/contract/probes.ts';
import type { ProbedNetwork } from '../probe/context.ts';
import type { ImageBatch } from '../probe/images.ts';
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
  survivalsOf,
} from '../probe/probe-program.ts';

/** Of each block: 0 removes its branch, its shortcut. A plain block without its branch is bypassed. */
export interface Lesion {
  readonly branches?: readonly number[];
  readonly shortcuts?: readonly number[];
}

/** A batch norm's statistics, by name. */
type Statistics = ReadonlyMap<string, Float32Array>;

export class LesionedNetwork {
  /** Batch norms, in the order of `statistics`. */
  private norms: readonly { readonly name: string; readonly channels: number }[] = [];
  private readonly network: ProbedNetwork;
  private readonly batches: readonly ImageBatch[];
  private readonly program: Program;

  /** All batches have the same size. */
  constructor(network: ProbedNetwork, batches: readonly ImageBatch[]) {
    this.network = network;
    this.batches = batches;
    const size = batches[0]?.labels.length ?? 1;
    this.program = openProbe(network, [this.evaluation(size), this.statisticsFunction(size)]);
  }

  get hasBatchNorm(): boolean {
    return this.norms.length > 0;
  }

  /** The error over all batches. */
  judge(lesion: Lesion = {}): Judged {
    let [loss, hits, examples] = [0, 0, 0];
    for (const batch of this.batches) {
      const results = this.program.run('evaluate', {
        feeds: { ...feedsOf(batch), valid: batch.valid, ...this.gates(lesion) },
        outputs: ['totals'],
        update: false,
      });
      const [batchLoss = Number.NaN, batchHits = 0] = floatsOf(results, 'totals');
      loss += batchLoss;
      hits += batchHits;
      examples += batch.validCount;
    }
    return { error: 1 - hits / examples, loss: finiteOrNull(loss / examples) };
  }

  /**
   * The error with statistics computed anew, for the lesioned network: the mean over the batches, which
   * must be full, of their means and unbiased variances (PyTorch's `momentum=None`).
   */
  judgeRecalibrated(lesion: Lesion, batches: readonly ImageBatch[]): Judged {
    this.program.write(this.statistics(lesion, batches));
    try {
      return this.judge(lesion);
    } finally {
      this.restore(this.norms.flatMap(({ name }) => statisticNames(name)));
    }
  }

  /** The error with block `order[i]` in the place of block i. They must have the same shapes. */
  judgeReordered(order: readonly number[]): Judged {
    const { plan, weights } = this.network;
    const moved = new Map<string, Float32Array>();
    for (const { name, unit } of weightsOf(plan)) {
      const place = plan.blocks.findIndex((block) => block.name === unit);
      const source = plan.blocks[order[place] ?? place];
      if (place < 0 || source === undefined || source.gate === place) continue;
      const values = weights.get(`${source.name}${name.slice(unit.length)}`);
      if (!values) throw new Error(`${source.name} cannot take the place of ${unit}.`);
      moved.set(name, values);
    }
    this.program.write(moved);
    const survivals = survivalsOf(this.network);
    const survival = (i: number): number => survivals[i] ?? 1;
    try {
      // How often a block takes part goes with the block.
      return this.judge({ branches: order.map((from, i) => survival(from) / survival(i)) });
    } finally {
      this.restore([...moved.keys()]);
    }
  }

  dispose(): void {
    this.program.dispose();
  }

  private statistics(lesion: Lesion, batches: readonly ImageBatch[]): Statistics {
    const length = this.norms.reduce((sum, { channels }) => sum + 2 * channels, 0);
    const sums = new Float64Array(length);
    for (const batch of batches) {
      const results = this.program.run('statistics', {
        feeds: { ...feedsOf(batch), valid: batch.valid, ...this.gates(lesion) },
        outputs: ['statistics'],
        update: false,
      });
      floatsOf(results, 'statistics').forEach((value, i) => (sums[i] = (sums[i] ?? 0) + value));
    }
    let start = 0;
    const next = (channels: number): Float32Array => {
      const part = sums.subarray(start, start + channels);
      start += channels;
      return Float32Array.from(part, (sum) => sum / batches.length);
    };
    return new Map(
      this.norms.flatMap(({ name, channels }) =>
        statisticNames(name).map((statistic): [string, Float32Array] => [
          statistic,
          next(channels),
        ]),
      ),
    );
  }

  private restore(names: readonly string[]): void {
    const { weights } = this.network;
    this.program.write(
      new Map(names.map((name) => [name, weights.get(name) ?? new Float32Array()])),
    );
  }

  private gates({ branches, shortcuts }: Lesion): Record<string, Float32Array> {
    const count = this.network.plan.blocks.length;
    const open = new Float32Array(count).fill(1);
    return {
      gates: branches ? Float32Array.from(branches) : open,
      'shortcut-gates': shortcuts ? Float32Array.from(shortcuts) : open,
    };
  }

  private feeds(size: number): ProgramFunction['feeds'] {
    const { network } = this;
    return [
      ...imageFeeds(network, size),
      gateFeed('gates', network),
      gateFeed('shortcut-gates', network),
    ];
  }

  /** Output `totals` [2]: summed loss and hits over the examples that count. */
  private evaluation(size: number): ProgramFunction {
    const { network } = this;
    return {
      name: 'evaluate',
      feeds: this.feeds(size),
      body: (inputs) => {
        const labels = inputs.feed('labels');
        const logits = probedLogits(network, inputOf(network, inputs), {
          inputs,
          gates: inputs.feed('gates'),
          probe: {
            norm: 'running',
            bypassesPlain: true,
            shortcutGates: inputs.feed('shortcut-gates'),
          },
        });
        const top = isInTop(Math.min(5, network.plan.classes), logits, labels);
        const total = (each: Tensor): Tensor => tf.sum(tf.mul(each, inputs.feed('valid')));
        const losses = total(lossesOf(network, logits, labels));
        const hits = total(tf.mul(isCorrect(logits, labels), top));
        return { outputs: { totals: tf.stack([losses, hits]) } };
      },
    };
  }

  /** Output `statistics`: of each batch norm the batch's means, then its unbiased variances. */
  private statisticsFunction(size: number): ProgramFunction {
    const { network } = this;
    return {
      name: 'statistics',
      feeds: this.feeds(size),
      body: (inputs) => {
        const kept = new KeptTensors();
        const norms: { name: string; channels: number }[] = [];
        probedLogits(network, inputOf(network, inputs), {
          inputs,
          gates: inputs.feed('gates'),
          probe: {
            norm: 'batch',
            bypassesPlain: true,
            shortcutGates: inputs.feed('shortcut-gates'),
            statistics: (name, { mean, variance }) => {
              norms.push({ name, channels: mean.size });
              kept.keep(`${name}.mean`, mean);
              kept.keep(`${name}.variance`, variance);
            },
          },
        });
        this.norms = norms;
        const parts = norms.flatMap(({ name }) => [
          kept.get(`${name}.mean`),
          kept.get(`${name}.variance`),
        ]);
        const statistics = parts.length === 0 ? tf.zeros([1]) : tf.concat1d(parts as never[]);
        kept.dispose();
        return { outputs: { statistics } };
      },
    };
  }
}

function statisticNames(norm: string): readonly [string, string] {
  return [`${norm}.running_mean`, `${norm}.running_var`];
}

function feedsOf({ images, labels }: ImageBatch): Record<string, Uint8Array | Int32Array> {
  return { images, labels };
}
