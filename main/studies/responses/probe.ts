// How strongly layers respond (He et al. 2015, arXiv 1512.03385, figure 7): the standard deviation of each
// convolution's response, after batch norm and before non-linearity and addition; and how much a block's
// branch adds to its input, ‖F(x)‖ / ‖x‖. In evaluation mode, over all chosen images.
import type { ProbeSpecOf, ProbeValuesOf } from '../../../shared/contract/probes.ts';
import type { Program } from '../../engine/recording/program.ts';
import { tf, type Tensor } from '../../engine/tensorflow/library.ts';
import { layersOf, type NetworkPlan } from '../../zoo/plan.ts';
import type { ProbeContext, ProbedNetwork } from '../probe/context.ts';
import { batchOf, chosenRows, PROBE_BATCH } from '../probe/images.ts';
import {
  finiteOrNull,
  floatsOf,
  imageFeeds,
  inputOf,
  KeptTensors,
  openProbe,
  probedLogits,
} from '../probe/probe-program.ts';

type Values = ProbeValuesOf<'responses'>;

export async function probeResponses(
  context: ProbeContext,
  spec: ProbeSpecOf<'responses'>,
): Promise<Values> {
  const { plan } = context;
  const source = context.images(spec.split);
  const rows = chosenRows(source, spec.images);
  const size = Math.min(PROBE_BATCH, rows.length);
  const convolutions = convolutionsOf(plan);
  const residual = plan.blocks.filter(({ shortcut }) => shortcut.kind !== 'none');
  const moments = convolutions.map(() => ({ sum: 0, squares: 0, count: 0 }));
  const ratios = residual.map(() => 0);
  const program = openResponses(context, size);
  try {
    for (let start = 0; start < rows.length; start += size) {
      const part = rows.subarray(start, start + size);
      const { images, labels, valid } = await batchOf(source, part, size);
      const outputs = residual.length > 0 ? ['moments', 'ratios'] : ['moments'];
      const feeds = { images, labels, valid };
      const results = program.run('responses', { feeds, outputs, update: false });
      const found = floatsOf(results, 'moments');
      moments.forEach((moment, c) => {
        for (let n = 0; n < part.length; n++) {
          const at = 3 * (c * size + n);
          merge(moment, found.subarray(at, at + 3));
        }
      });
      if (residual.length > 0) {
        const shares = floatsOf(results, 'ratios');
        residual.forEach((_, b) => {
          for (let n = 0; n < part.length; n++) {
            ratios[b] = (ratios[b] ?? 0) + (shares[b * size + n] ?? Number.NaN);
          }
        });
      }
      await context.report(
        `Responses to ${start + part.length} of ${rows.length} images`,
        (start + part.length) / rows.length,
      );
    }
  } finally {
    program.dispose();
  }
  return {
    kind: 'responses',
    split: source.split,
    examples: rows.length,
    of: source.count,
    convolutions: convolutions.map((convolution, c) => {
      const { squares, count } = moments[c] ?? { squares: Number.NaN, count: 1 };
      return { ...convolution, deviation: finiteOrNull(Math.sqrt(squares / count)) };
    }),
    blocks: plan.blocks.map(({ name }) => {
      const at = residual.findIndex((block) => block.name === name);
      return { name, ratio: finiteOrNull((ratios[at] ?? Number.NaN) / rows.length) };
    }),
  };
}

interface Moments {
  sum: number;
  /** Of deviations from the mean. */
  squares: number;
  count: number;
}

/** Adds an example's mean, mean square deviation and number of values (Chan et al. 1979). */
function merge(into: Moments, [mean = 0, variance = 0, values = 0]: Float32Array): void {
  const total = into.count + values;
  const apart = into.count === 0 ? 0 : mean - into.sum / into.count;
  into.squares += variance * values + (apart * apart * into.count * values) / total;
  into.sum += mean * values;
  into.count = total;
}

/** Outputs: `moments` [convolutions, N, 3] mean, variance, count; `ratios` [residual blocks, N]. */
function openResponses(network: ProbedNetwork, size: number): Program {
  const { plan } = network;
  const names = convolutionsOf(plan).map(({ name }) => name);
  const residual = plan.blocks.filter(({ shortcut }) => shortcut.kind !== 'none');
  return openProbe(network, [
    {
      name: 'responses',
      feeds: imageFeeds(network, size),
      body: (inputs) => {
        const kept = new KeptTensors();
        let input: Tensor | undefined;
        probedLogits(network, inputOf(network, inputs), {
          inputs,
          probe: {
            norm: 'running',
            tap: (place, value) => {
              if (place.kind === 'response') kept.keep(place.convolution, exampleMoments(value));
              if (place.kind === 'output') input = exampleNorms(value);
              if (place.kind === 'branch' && input !== undefined) {
                kept.keep(`ratio/${place.block}`, tf.div(exampleNorms(value), input));
              }
            },
          },
        });
        const ratios = residual.map(({ name }) => `ratio/${name}`);
        const outputs = {
          moments: kept.stacked(names),
          ...(ratios.length > 0 ? { ratios: kept.stacked(ratios) } : {}),
        };
        kept.dispose();
        return { outputs };
      },
    },
  ]);
}

/** [N, …] → [N, 3]: mean, variance, number of values of each example. */
function exampleMoments(value: Tensor): Tensor {
  const flat = tf.reshape(value, [value.shape[0], -1]);
  const mean = tf.mean(flat, 1, true);
  const variance = tf.mean(tf.square(tf.sub(flat, mean)), 1, true);
  return tf.concat([mean, variance, tf.fill(mean.shape, flat.shape[1] ?? 1)], 1);
}

/** [N, …] → [N]: ‖x‖ of each example. */
function exampleNorms(value: Tensor): Tensor {
  return tf.sqrt(tf.sum(tf.square(tf.reshape(value, [value.shape[0], -1])), 1));
}

function convolutionsOf(plan: NetworkPlan): { name: string; unit: string; kernel: number }[] {
  return [...layersOf(plan)].flatMap(({ unit, layer }) =>
    layer.op === 'conv' ? [{ name: layer.name, unit, kernel: layer.kernel }] : [],
  );
}
