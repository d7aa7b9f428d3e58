// The loss on a plane through the trained weights (Li et al. 2018, arXiv 1712.09913): filter-normalized
// random directions; batch norm keeps its parameters and running statistics, as in the authors' code.
import type { ProbeSpecOf, ProbeValuesOf } from '../../../shared/contract/probes.ts';
import { isCorrect } from '../../engine/ops/classification.ts';
import type { Program } from '../../engine/recording/program.ts';
import { tf, type Tensor } from '../../engine/tensorflow/library.ts';
import { weightsOf } from '../../zoo/parameters.ts';
import type { ProbeContext, ProbedNetwork } from '../probe/context.ts';
import { batchesOf, chosenRows, PROBE_BATCH, type ImageBatch } from '../probe/images.ts';
import {
  finiteOrNull,
  floatsOf,
  imageFeeds,
  inputOf,
  lossesOf,
  openProbe,
  probedLogits,
} from '../probe/probe-program.ts';
import { moved, normalizeFilters, randomDirection, type WeightArrays } from './directions.ts';

export async function probeLandscape(
  context: ProbeContext,
  spec: ProbeSpecOf<'landscape'>,
): Promise<ProbeValuesOf<'landscape'>> {
  const source = context.images(spec.split ?? 'train');
  const rows = chosenRows(source, spec.images);
  const size = Math.min(PROBE_BATCH, rows.length);
  const batches = await batchesOf(source, rows, size);
  const weights = weightsOf(context.plan);
  const direction = (axis: 'a' | 'b'): WeightArrays =>
    normalizeFilters(randomDirection(weights, spec.seed, axis), context.weights, weights);
  const plane = { d: direction('a'), e: direction('b') };
  const places = gridPlaces(spec.points, spec.range);
  const losses: (number | null)[] = [];
  const errors: (number | null)[] = [];
  const network = new MovableNetwork(context, batches);
  try {
    for (const [row, b] of places.entries()) {
      for (const a of places) {
        const { loss, error } = network.judge(moved(context.weights, plane, [a, b]));
        losses.push(finiteOrNull(loss));
        errors.push(finiteOrNull(error));
      }
      await context.report(`Row ${row + 1} of ${places.length}`, (row + 1) / places.length);
    }
  } finally {
    network.dispose();
  }
  return {
    kind: 'landscape',
    split: source.split,
    examples: rows.length,
    of: source.count,
    points: spec.points,
    range: spec.range,
    losses,
    errors,
  };
}

/** −range … range; the middle is exactly 0. */
export function gridPlaces(points: number, range: number): number[] {
  const half = (points - 1) / 2;
  return Array.from({ length: points }, (_, i) => ((i - half) / half) * range);
}

export class MovableNetwork {
  private readonly program: Program;
  private readonly batches: readonly ImageBatch[];

  constructor(network: ProbedNetwork, batches: readonly ImageBatch[]) {
    this.batches = batches;
    this.program = openProbe(network, [
      {
        name: 'evaluate',
        feeds: imageFeeds(network, batches[0]?.labels.length ?? 1),
        body: (inputs) => {
          const labels = inputs.feed('labels');
          const logits = probedLogits(network, inputOf(network, inputs), {
            inputs,
            probe: { norm: 'running' },
          });
          const total = (each: Tensor): Tensor => tf.sum(tf.mul(each, inputs.feed('valid')));
          return {
            outputs: {
              totals: tf.stack([
                total(lossesOf(network, logits, labels)),
                total(isCorrect(logits, labels)),
              ]),
            },
          };
        },
      },
    ]);
  }

  /** Mean loss and error with these weights in place of the network's; others stay as they are. */
  judge(weights: WeightArrays): { readonly loss: number; readonly error: number } {
    this.program.write(weights);
    let [loss, hits, examples] = [0, 0, 0];
    for (const { images, labels, valid, validCount } of this.batches) {
      const feeds = { images, labels, valid };
      const results = this.program.run('evaluate', { feeds, outputs: ['totals'], update: false });
      const [batchLoss = Number.NaN, batchHits = 0] = floatsOf(results, 'totals');
      loss += batchLoss;
      hits += batchHits;
      examples += validCount;
    }
    return { loss: loss / examples, error: 1 - hits / examples };
  }

  dispose(): void {
    this.program.dispose();
  }
}
