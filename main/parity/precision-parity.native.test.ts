// Mixed precision against PyTorch's autocast: the same weights, twenty steps, every loss within a hundredth.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseTensorFile } from '../../shared/safetensors.ts';
import { readFloats, readIntegers } from '../../shared/tensor-values.ts';
import type { Precision } from '../../shared/spec/precision.ts';
import { fromFileLayout, toFileLayout } from '../engine/network/layout.ts';
import { recordNetwork, type TrainRequest } from '../engine/network/network.ts';
import { trainedWeights } from '../engine/network/steps.ts';
import type { NetworkProgramOptions } from '../engine/network/steps.ts';
import { failOnLeaks } from '../engine/testing/leaks.ts';
import { buildPlan } from '../zoo/build-plan.ts';
import { parseArchitecture } from '../zoo/parse-architecture.ts';

failOnLeaks();

/** Rounding to bfloat16 moves PyTorch's own losses by up to 0.7 %. */
const LOSS_TOLERANCE = 0.01;

const bytes = readFileSync(new URL('fixtures/training/autocast.safetensors', import.meta.url));
const file = parseTensorFile(bytes);
const about = z
  .object({
    spec: z.unknown(),
    height: z.int(),
    width: z.int(),
    channels: z.int(),
    classes: z.int(),
    rate: z.number(),
    normalization: z.object({ mean: z.array(z.number()), deviation: z.array(z.number()) }),
  })
  .parse(JSON.parse(file.metadata['about'] ?? ''));
const floats = (name: string): ArrayLike<number> =>
  readFloats(file.tensors.get(name)!.dtype, file.bytesOf(name));
const integers = (name: string): Int32Array =>
  readIntegers(file.tensors.get(name)!.dtype, file.bytesOf(name));

const { height, width, channels, classes } = about;
const order = integers('batches');
const losses = floats('losses.float32');
const batch = order.length / losses.length;

function optionsOf(precision: Precision): NetworkProgramOptions {
  return {
    plan: buildPlan(parseArchitecture(about.spec), { input: { height, width, channels }, classes }),
    batch,
    precision,
    data: { kind: 'resident', count: integers('labels').length },
    normalization: about.normalization,
    augmentation: { pad: 0, flip: false },
    labelSmoothing: 0,
    optimizer: {
      ...{ momentum: 0.9, nesterov: false, weightDecay: 5e-4 },
      ...{ decayNormAndBias: true, clipNorm: undefined },
    },
  };
}

test.each([
  ['float32', 'float32', 0.99999],
  ['bfloat16', 'bfloat16', 0.99],
  ['float16', 'float32', 0.999],
] as const)('twenty steps in %s have the losses of PyTorch in %s', (precision, other, least) => {
  const options = optionsOf(precision);
  const network = recordNetwork(options, 'train');
  try {
    network.writeData(file.bytesOf('images'), integers('labels'));
    network.writeWeights(
      new Map(
        network.weights.map((weight) => [
          weight.name,
          fromFileLayout(weight, Float32Array.from(floats(`weights.${weight.name}`))),
        ]),
      ),
    );
    network.writeSlots(new Map());
    const request = (step: number): TrainRequest => ({
      batch: { kind: 'resident', indices: order.slice(step * batch, (step + 1) * batch) },
      ...{ seed: [0, step], rate: about.rate, step, lossScale: 2 ** 10 },
      ...{ diagnostics: false, update: true },
    });
    const gradients = network.gradients(request(0));
    let [dot, ours, theirs] = [0, 0, 0];
    for (const weight of trainedWeights(options)) {
      const given = toFileLayout(weight, gradients.get(weight.name)!);
      const expected = floats(`grad.${other}.${weight.name}`);
      given.forEach((value, i) => {
        dot += value * expected[i]!;
        ours += value ** 2;
        theirs += expected[i]! ** 2;
      });
    }
    expect(dot / Math.sqrt(ours * theirs)).toBeGreaterThan(least);
    const expected = Array.from(floats(`losses.${other}`));
    const off = expected.map((loss, step) => network.step(request(step)).loss / loss - 1);
    const worst = Math.max(...off.map(Math.abs));
    expect(worst, off.map((one) => one.toFixed(4)).join(' ')).toBeLessThan(LOSS_TOLERANCE);
  } finally {
    network.dispose();
  }
});
