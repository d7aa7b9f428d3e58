// Neural collapse of a network's last features, those before the linear layer (Papyan et al. 2020, arXiv
// 2008.08186), in evaluation mode.
import type { ProbeSpecOf, ProbeValuesOf } from '../../../shared/contract/probes.ts';
import { predictedClass } from '../../engine/ops/classification.ts';
import { tf, type Tensor } from '../../engine/tensorflow/library.ts';
import type { ProbeContext } from '../probe/context.ts';
import { batchOf, chosenRows, PROBE_BATCH } from '../probe/images.ts';
import {
  finiteOrNull,
  floatsOf,
  imageFeeds,
  inputOf,
  openProbe,
  probedLogits,
} from '../probe/probe-program.ts';
import { measureCollapse } from './collapse-measures.ts';

export async function probeCollapse(
  context: ProbeContext,
  spec: ProbeSpecOf<'collapse'>,
): Promise<ProbeValuesOf<'collapse'>> {
  const { plan } = context;
  const source = context.images(spec.split);
  const rows = chosenRows(source, spec.images);
  const found = await featuresOf(context, rows, spec);
  const labels = rows.map((row) => source.labels[row] ?? 0);
  const measures = measureCollapse(found.features, labels, plan.classes);
  const share = (isCounted: (n: number) => boolean): number =>
    labels.reduce((sum, _, n) => sum + (isCounted(n) ? 1 : 0), 0) / labels.length;
  return {
    kind: 'collapse',
    split: source.split,
    examples: rows.length,
    of: source.count,
    classes: plan.classes,
    error: share((n) => found.predicted[n] !== labels[n]),
    withinOverBetween: finiteOrNull(measures.withinOverBetween),
    traceRatio: finiteOrNull(measures.traceRatio),
    cosine: finiteOrNull(measures.cosine),
    cosineDeviation: finiteOrNull(measures.cosineDeviation),
    normVariation: finiteOrNull(measures.normVariation),
    nearestMeanDisagreement: share((n) => measures.nearest[n] !== found.predicted[n]),
  };
}

/** Last features [rows, D] and predicted classes. */
async function featuresOf(
  context: ProbeContext,
  rows: Int32Array,
  { split }: ProbeSpecOf<'collapse'>,
): Promise<{ features: Float32Array; predicted: Int32Array }> {
  const source = context.images(split);
  const size = Math.min(PROBE_BATCH, rows.length);
  const program = openProbe(context, [
    {
      name: 'features',
      feeds: imageFeeds(context, size),
      body: (inputs) => {
        let features: Tensor | undefined;
        const logits = probedLogits(context, inputOf(context, inputs), {
          inputs,
          probe: {
            norm: 'running',
            tap: ({ kind }, value) => {
              if (kind === 'features') features = value;
            },
          },
        });
        if (!features) throw new Error('The network has no last features.');
        const predicted = tf.cast(predictedClass(logits), 'float32');
        return { outputs: { features, predicted } };
      },
    },
  ]);
  try {
    let features = new Float32Array();
    const predicted = new Int32Array(rows.length);
    for (let start = 0; start < rows.length; start += size) {
      const part = rows.subarray(start, start + size);
      const { images, labels, valid } = await batchOf(source, part, size);
      const results = program.run('features', {
        feeds: { images, labels, valid },
        outputs: ['features', 'predicted'],
        update: false,
      });
      const found = floatsOf(results, 'features');
      const width = found.length / size;
      if (start === 0) features = new Float32Array(rows.length * width);
      features.set(found.subarray(0, part.length * width), start * width);
      predicted.set(floatsOf(results, 'predicted').subarray(0, part.length), start);
      const done = start + part.length;
      await context.report(`Features of ${done} of ${rows.length} images`, done / rows.length);
    }
    return { features, predicted };
  } finally {
    program.dispose();
  }
}
