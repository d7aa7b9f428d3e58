// How far learned gates open, by block and by class of the image (Srivastava et al. 2015, arXiv 1505.00387,
// section 4: mean activity of the transform gates, and by how much it differs between classes). In evaluation
// mode; a gate is one channel's, its openness the mean over the map.
import type { ProbeSpecOf, ProbeValuesOf } from '../../../shared/contract/probes.ts';
import type { Program } from '../../engine/recording/program.ts';
import { tf } from '../../engine/tensorflow/library.ts';
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
import { gatedBlocks, type GatedBlock } from './gated.ts';
import { OpennessSums } from './openness.ts';

type Values = ProbeValuesOf<'gates'>;

export async function probeGates(
  context: ProbeContext,
  spec: ProbeSpecOf<'gates'>,
): Promise<Values> {
  const { plan, classNames } = context;
  const blocks = gatedBlocks(plan);
  const [first] = blocks;
  if (!first) throw new Error(`${plan.spec.name} has no gates.`);
  const source = context.images(spec.split);
  const rows = chosenRows(source, spec.images);
  const sums = await opennessOf(context, blocks, rows, spec);
  const examples = new Array<number>(plan.classes).fill(0);
  for (const row of rows) {
    const label = source.labels[row] ?? 0;
    examples[label] = (examples[label] ?? 0) + 1;
  }
  return {
    kind: 'gates',
    ...{ split: source.split, examples: rows.length, of: source.count },
    gating: first.gating,
    classes: examples.map((count, i) => ({ name: classNames[i] ?? `${i}`, examples: count })),
    startBias: first.bias.start,
    blocks: blocks.map((block, i) => valuesOf(context, block, sums[i])),
  };
}

function valuesOf(
  { weights }: ProbedNetwork,
  { name, bias }: GatedBlock,
  sums: OpennessSums | undefined,
): Values['blocks'][number] {
  const biases = weights.get(bias.name);
  if (!biases || !sums) throw new Error(`The gate of ${name} has no ${bias.name}.`);
  const { mean, byClass, deviation, classShare } = sums.measure();
  return {
    name,
    openness: finiteOrNull(mean),
    byClass: byClass.map(finiteOrNull),
    deviation: finiteOrNull(deviation),
    classShare: finiteOrNull(classShare),
    bias: finiteOrNull(biases.reduce((sum, value) => sum + value, 0) / biases.length),
    fallenBiases: biases.filter((value) => value < bias.start).length / biases.length,
  };
}

async function opennessOf(
  context: ProbeContext,
  blocks: readonly GatedBlock[],
  rows: Int32Array,
  { split }: ProbeSpecOf<'gates'>,
): Promise<OpennessSums[]> {
  const source = context.images(split);
  const size = Math.min(PROBE_BATCH, rows.length);
  const sums = blocks.map(({ channels }) => new OpennessSums(context.plan.classes, channels));
  const program = openGates(context, blocks, size);
  try {
    for (let start = 0; start < rows.length; start += size) {
      const part = rows.subarray(start, start + size);
      const { images, labels, valid } = await batchOf(source, part, size);
      const results = program.run('gates', {
        feeds: { images, labels, valid },
        outputs: blocks.map(({ name }) => name),
        update: false,
      });
      blocks.forEach(({ name, channels }, i) => {
        const found = floatsOf(results, name);
        for (let n = 0; n < part.length; n++) {
          sums[i]?.add(found.subarray(n * channels, (n + 1) * channels), labels[n] ?? 0);
        }
      });
      const done = start + part.length;
      await context.report(`Gates for ${done} of ${rows.length} images`, done / rows.length);
    }
  } finally {
    program.dispose();
  }
  return sums;
}

/** Outputs: by block [N, C], the mean of each gate over its map. */
function openGates(network: ProbedNetwork, blocks: readonly GatedBlock[], size: number): Program {
  return openProbe(network, [
    {
      name: 'gates',
      feeds: imageFeeds(network, size),
      body: (inputs) => {
        const kept = new KeptTensors();
        probedLogits(network, inputOf(network, inputs), {
          inputs,
          probe: {
            norm: 'running',
            tap: (place, value) => {
              if (place.kind === 'gate') kept.keep(place.block, tf.mean(value, [1, 2]));
            },
          },
        });
        const outputs = Object.fromEntries(blocks.map(({ name }) => [name, kept.get(name)]));
        kept.dispose();
        return { outputs };
      },
    },
  ]);
}
