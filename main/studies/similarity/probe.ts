// How similar the representations of layers are (linear CKA, Kornblith et al. 2019, arXiv 1905.00414), in
// one network or between two, by minibatches with the unbiased estimator (Nguyen et al. 2021, arXiv
// 2010.15327). Layers are the outputs of the stem and of every block.
import { inputError } from '../../../shared/errors.ts';
import type { ProbeSpecOf, ProbeValuesOf } from '../../../shared/contract/probes.ts';
import type { Program } from '../../engine/recording/program.ts';
import { tf, type Tensor } from '../../engine/tensorflow/library.ts';
import type { ProbeContext, ProbedNetwork } from '../probe/context.ts';
import { batchOf, chosenRows, type ImageBatch } from '../probe/images.ts';
import {
  finiteOrNull,
  floatsOf,
  imageFeeds,
  inputOf,
  KeptTensors,
  openProbe,
  probedLogits,
} from '../probe/probe-program.ts';
import { MinibatchCka, prepareGram, type PreparedGram } from './hsic.ts';

/** @throws inputError `too-few-images`, `other-input` */
export async function probeSimilarity(
  context: ProbeContext,
  spec: ProbeSpecOf<'similarity'>,
): Promise<ProbeValuesOf<'similarity'>> {
  const { other } = context;
  if (other) requireSameInput(context, other);
  const source = context.images(spec.split);
  const chosen = chosenRows(source, spec.images);
  const size = Math.min(spec.batch, chosen.length);
  if (size < 4) {
    throw inputError(
      'too-few-images',
      `Similarity needs at least 4 images; the ${source.split} split gives ${chosen.length}.`,
    );
  }
  // Full minibatches only: each has the same weight in the estimate. The split may be sorted by class.
  const used = Math.floor(chosen.length / size) * size;
  const rows = interleaved(chosen, size).subarray(0, used);
  const first = new GramNetwork(context, size);
  const second = other ? new GramNetwork(other, size) : undefined;
  try {
    const cka = new MinibatchCka(first.units.length, (second ?? first).units.length);
    for (let start = 0; start < used; start += size) {
      const batch = await batchOf(source, rows.subarray(start, start + size), size);
      const grams = first.grams(batch);
      cka.add(grams, second ? second.grams(batch) : grams);
      const done = start + size;
      await context.report(`Similarity on ${done} of ${used} images`, done / used);
    }
    return {
      kind: 'similarity',
      split: source.split,
      examples: used,
      of: source.count,
      batch: size,
      rows: [...first.units],
      columns: [...(second ?? first).units],
      values: cka.values().map(finiteOrNull),
    };
  } finally {
    first.dispose();
    second?.dispose();
  }
}

/** A network's Gram matrices X Xᵀ of its layers, of features centred over the batch. */
export class GramNetwork {
  readonly units: readonly string[];
  private readonly size: number;
  private readonly program: Program;

  constructor(network: ProbedNetwork, size: number) {
    const { plan } = network;
    this.size = size;
    this.units = [plan.stem.name, ...plan.blocks.map(({ name }) => name)];
    const { units } = this;
    this.program = openProbe(network, [
      {
        name: 'grams',
        feeds: imageFeeds(network, size),
        body: (inputs) => {
          const kept = new KeptTensors();
          probedLogits(network, inputOf(network, inputs), {
            inputs,
            probe: {
              norm: 'running',
              tap: (place, value) => {
                if (place.kind === 'output') kept.keep(place.unit, gramOf(value));
              },
            },
          });
          const grams = kept.stacked(units);
          kept.dispose();
          return { outputs: { grams } };
        },
      },
    ]);
  }

  grams({ images, labels, valid }: ImageBatch): PreparedGram[] {
    const feeds = { images, labels, valid };
    const results = this.program.run('grams', { feeds, outputs: ['grams'], update: false });
    const values = floatsOf(results, 'grams');
    const length = this.size * this.size;
    return this.units.map((_, i) =>
      prepareGram(values.subarray(i * length, (i + 1) * length), this.size),
    );
  }

  dispose(): void {
    this.program.dispose();
  }
}

/** [N, …] → [N, N]. The estimator does not change with the features' mean; float32 gains from taking it out. */
function gramOf(value: Tensor): Tensor {
  const flat = tf.reshape(value, [value.shape[0], -1]) as Tensor & { rank: 2 };
  const centred = tf.sub(flat, tf.mean(flat, 0, true));
  return tf.matMul(centred, centred, false, true);
}

/** Every n-th row after the other, so that each minibatch is drawn from the whole split. */
function interleaved(rows: Int32Array, size: number): Int32Array {
  const batches = Math.floor(rows.length / size);
  return Int32Array.from(
    { length: batches * size },
    (_, i) => rows[(i % size) * batches + Math.floor(i / size)] ?? 0,
  );
}

function requireSameInput(one: ProbedNetwork, other: ProbedNetwork): void {
  const [a, b] = [one.plan.input, other.plan.input];
  if (a.height === b.height && a.width === b.width && a.channels === b.channels) return;
  throw inputError(
    'other-input',
    `The other network sees ${b.width}×${b.height} images with ${b.channels} channel(s), this one ${a.width}×${a.height} with ${a.channels}. Choose a run on images of the same size.`,
  );
}
