// Reads a file of PyTorch's answers (README.md) into typed arrays. Weights keep their PyTorch names
// and layouts; what is compared with them, and how closely, is for the test to say.
import { readFileSync, readdirSync } from 'node:fs';
import { z } from 'zod';
import { parseTensorFile } from '../../shared/safetensors.ts';
import { readFloats, readIntegers } from '../../shared/tensor-values.ts';
import type { ArchitectureSpec, InputShape } from '../../shared/spec/architecture.ts';
import { parseArchitecture } from '../zoo/parse-architecture.ts';

export interface FloatTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** By PyTorch name, without the file's prefix: `layer1.0.conv1.weight`. */
export type NamedTensors = ReadonlyMap<string, FloatTensor>;

export interface Fixture {
  readonly name: string;
  readonly spec: ArchitectureSpec;
  readonly input: InputShape;
  readonly classes: number;
  readonly batchSize: number;
  readonly steps: number;
  readonly labelSmoothing: number;
  readonly optimizer: z.output<typeof OptimizerAbout>;
  /** Of pixels scaled to [0, 1], per channel. */
  readonly normalization: z.output<typeof NormalizationAbout>;
  /** [count, H, W, C], the whole dataset. */
  readonly images: Uint8Array;
  readonly labels: Int32Array;
  /** Dataset indices of each step's batch; the answers for one batch are those of the first. */
  readonly batches: readonly Int32Array[];
  readonly weights: NamedTensors;
  readonly logitsTrain: FloatTensor;
  readonly logitsEval: FloatTensor;
  readonly loss: number;
  /** Of the loss alone, before weight decay and clipping. */
  readonly gradients: NamedTensors;
  /** Running means and variances after one training step's forward pass. */
  readonly statistics: NamedTensors;
  /** Before each step's update. */
  readonly losses: Float32Array;
  /** PyTorch's own float32 curve: how far rounding alone leads. */
  readonly lossesInFloat32: Float32Array;
  /** After the last step, with running statistics. */
  readonly finalWeights: NamedTensors;
}

const OptimizerAbout = z.strictObject({
  rate: z.number(),
  momentum: z.number(),
  nesterov: z.boolean(),
  weightDecay: z.number(),
  decayNormAndBias: z.boolean(),
  clipNorm: z.number().nullable(),
});

const NormalizationAbout = z.strictObject({
  mean: z.array(z.number()),
  deviation: z.array(z.number()),
});

const About = z.object({
  format: z.literal(1),
  name: z.string(),
  spec: z.unknown(),
  height: z.int(),
  width: z.int(),
  channels: z.int(),
  classes: z.int(),
  count: z.int(),
  batchSize: z.int(),
  steps: z.int(),
  labelSmoothing: z.number(),
  optimizer: OptimizerAbout,
  normalization: NormalizationAbout,
});

const committedFolder = new URL('fixtures/', import.meta.url);

/** The names of the committed cases. */
export function fixtureNames(): string[] {
  return readdirSync(committedFolder)
    .filter((file) => file.endsWith('.safetensors'))
    .map((file) => file.slice(0, -'.safetensors'.length))
    .sort();
}

/** A committed case. */
export function readFixture(name: string): Fixture {
  return parseFixture(readFileSync(new URL(`${name}.safetensors`, committedFolder)));
}

/** Any file that `torch_oracle.py` wrote. */
export function parseFixture(bytes: Uint8Array): Fixture {
  const file = parseTensorFile(bytes);
  const about = About.parse(JSON.parse(file.metadata['case'] ?? 'null'));
  const floats = (name: string): FloatTensor => {
    const { dtype, shape } = entryOf(name);
    return { shape, values: readFloats(dtype, file.bytesOf(name)) };
  };
  const integers = (name: string): Int32Array =>
    readIntegers(entryOf(name).dtype, file.bytesOf(name));
  const entryOf = (name: string) => {
    const entry = file.tensors.get(name);
    if (entry === undefined) throw new Error(`The fixture has no tensor "${name}".`);
    return entry;
  };
  const prefixed = (prefix: string): NamedTensors =>
    new Map(
      [...file.tensors.keys()]
        .filter((name) => name.startsWith(`${prefix}.`))
        .map((name) => [name.slice(prefix.length + 1), floats(name)]),
    );
  const order = integers('batches');
  return {
    name: about.name,
    spec: parseArchitecture(about.spec),
    input: { height: about.height, width: about.width, channels: about.channels },
    classes: about.classes,
    batchSize: about.batchSize,
    steps: about.steps,
    labelSmoothing: about.labelSmoothing,
    optimizer: about.optimizer,
    normalization: about.normalization,
    images: file.bytesOf('images'),
    labels: integers('labels'),
    batches: Array.from({ length: about.steps }, (_, step) =>
      order.slice(step * about.batchSize, (step + 1) * about.batchSize),
    ),
    weights: prefixed('weights'),
    logitsTrain: floats('logits_train'),
    logitsEval: floats('logits_eval'),
    loss: floats('loss').values[0] ?? NaN,
    gradients: prefixed('grad'),
    statistics: prefixed('statistics'),
    losses: floats('losses').values,
    lossesInFloat32: floats('losses_float32').values,
    finalWeights: prefixed('final'),
  };
}

/** The network's input for some images of the dataset: [N, H, W, C], (pixel / 255 − mean) / deviation. */
export function normalizedInput(fixture: Fixture, indices: Int32Array): FloatTensor {
  const { height, width, channels } = fixture.input;
  const { mean, deviation } = fixture.normalization;
  const size = height * width * channels;
  const values = new Float32Array(indices.length * size);
  indices.forEach((index, i) => {
    for (let j = 0; j < size; j++) {
      const pixel = (fixture.images[index * size + j] ?? NaN) / 255;
      const channel = j % channels;
      values[i * size + j] = (pixel - (mean[channel] ?? NaN)) / (deviation[channel] ?? NaN);
    }
  });
  return { shape: [indices.length, height, width, channels], values };
}
