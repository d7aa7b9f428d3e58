// Classifies images, or computes the logits of a prepared tensor, with the weights of a file.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { AppError, inputError, toErrorDocument, type ErrorDocument } from '../../shared/errors.ts';
import { LARGEST_IMAGE_BYTES } from '../../shared/limits.ts';
import { pixelRulesOf, type PixelRules } from '../../shared/spec/pixel-rules.ts';
import type { DataSpec } from '../../shared/spec/run.ts';
import type { PredictJob, PredictResult, Prediction } from '../../shared/contract/trainer.ts';
import { tensorFileParts } from '../../shared/safetensors.ts';
import { readFloats } from '../../shared/tensor-values.ts';
import type { InputShape } from '../../shared/spec/architecture.ts';
import { decodeImage } from '../data/image-decoder.ts';
import { damageOf } from '../data/image-notes.ts';
import { openTensorFile } from '../data/tensor-file.ts';
import { requireUserFile } from '../data/user-file.ts';
import { recordNetwork, type Network } from '../engine/network/network.ts';
import type { Normalization } from '../engine/ops/input.ts';
import { buildPlan } from '../zoo/build-plan.ts';
import { isFiniteRow, rowsNotFinite } from './finite-logits.ts';
import { normalizedPixels } from './normalized-pixels.ts';
import { inferenceOptions } from './network-options.ts';
import { requireFitting } from './prepared-data.ts';
import { readWeightFile } from './weight-file.ts';
import { openWeightSource, type WeightSource } from './weight-source.ts';

const SHOWN_CLASSES = 5;

export async function runPredictJob(job: PredictJob): Promise<PredictResult> {
  const opened = await openWeightSource(job.weights);
  const testTimeFlip = job.testTimeFlip ?? opened.state?.spec.recipe.testTimeFlip ?? false;
  const source: FlippableSource = { ...opened, testTimeFlip };
  switch (job.input.kind) {
    case 'images':
      return { kind: 'predictions', ...(await classifyImages(source, job.input, job.batch)) };
    case 'tensor':
      return { kind: 'logits', ...(await computeLogits(source, job.input, job.batch)) };
  }
}

type Classified = Omit<Extract<PredictResult, { kind: 'predictions' }>, 'kind'>;

type ImageReading = PixelRules & Pick<DataSpec, 'resize'>;

interface FlippableSource extends WeightSource {
  readonly testTimeFlip: boolean;
}

async function openNetwork(
  source: FlippableSource,
  input: InputShape,
  batch: number,
): Promise<Network> {
  const plan = buildPlan(source.architecture, { input, classes: source.classCount });
  const network = recordNetwork(
    inferenceOptions({
      plan,
      data: { source: { kind: 'streamed' }, normalization: { mean: [], deviation: [] } },
      batch,
      testTimeFlip: source.testTimeFlip,
      precision: source.precision,
    }),
    'infer',
  );
  try {
    network.writeWeights((await readWeightFile(source.file, network.weights)).values);
    return network;
  } catch (error) {
    network.dispose();
    throw error;
  }
}

/** Runs rows through the network, the last batch filled up with zeros. */
async function inferRows(
  source: FlippableSource,
  options: { input: InputShape; count: number; batch: number },
  rows: (start: number, count: number) => Promise<Float32Array>,
): Promise<Float32Array> {
  const { input, count } = options;
  const batch = Math.min(options.batch, count);
  const rowSize = input.height * input.width * input.channels;
  const network = await openNetwork(source, input, batch);
  try {
    const logits = new Float32Array(count * source.classCount);
    for (let start = 0; start < count; start += batch) {
      const valid = Math.min(batch, count - start);
      const x = new Float32Array(batch * rowSize);
      x.set(await rows(start, valid));
      const result = network.infer(x).subarray(0, valid * source.classCount);
      logits.set(result, start * source.classCount);
    }
    return logits;
  } finally {
    network.dispose();
  }
}

/** A file that can't be read costs its own prediction and no other. */
async function classifyImages(
  source: FlippableSource,
  images: Extract<PredictJob['input'], { kind: 'images' }>,
  batch: number,
): Promise<Classified> {
  const input = images.shape ?? source.state?.input;
  const normalization: Normalization | undefined =
    images.normalization?.kind === 'fixed' ? images.normalization : source.normalization;
  if (!input || !normalization) {
    throw inputError(
      'no-input-description',
      `${source.file} does not say which image size and normalization its network expects; give --input 224x224x3 and --normalize M,M,M/S,S,S.`,
      { path: source.file },
    );
  }
  requireFitting(normalization, input);
  // As the network's training images were read.
  const reading = source.state?.spec.data ?? {};
  const failed = new Map<string, ErrorDocument>();
  const damages = new Map<string, string>();
  const loadOrNote = async (file: string): Promise<Float32Array> => {
    try {
      const { values, damage } = await loadImage(file, input, { normalization, reading });
      if (damage !== undefined) damages.set(file, damage);
      return values;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      failed.set(file, toErrorDocument(error));
      return new Float32Array();
    }
  };
  const logits = await inferRows(
    source,
    { input, count: images.files.length, batch },
    async (start, count) => {
      const files = images.files.slice(start, start + count);
      const decoded = await Promise.all(files.map(loadOrNote));
      const rowSize = input.height * input.width * input.channels;
      const x = new Float32Array(count * rowSize);
      decoded.forEach((row, index) => x.set(row, index * rowSize));
      return x;
    },
  );
  const predictions = images.files.flatMap((file, row) => {
    if (failed.has(file)) return [];
    const own = logits.subarray(row * source.classCount, (row + 1) * source.classCount);
    const damage = damages.get(file);
    const about = { file, ...(damage === undefined ? {} : { damage }) };
    return isFiniteRow(own)
      ? [{ ...about, classes: mostLikely(own, source.state?.classes) }]
      : [{ ...about, notFinite: true, classes: [] }];
  });
  return { predictions, failed: [...failed].map(([file, error]) => ({ file, error })) };
}

async function loadImage(
  file: string,
  input: InputShape,
  { normalization, reading }: { normalization: Normalization; reading: ImageReading },
): Promise<{ readonly values: Float32Array; readonly damage: string | undefined }> {
  await requireUserFile(file, 'image', LARGEST_IMAGE_BYTES);
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw inputError('not-found', `${file} could not be read; check the path.`, {
      path: file,
      cause,
    });
  });
  const { channels } = input;
  const shape = { ...input, channels: channels === 1 ? 1 : 3 } as const;
  const image = await decodeImage(bytes, {
    shape,
    policy: reading.resize,
    rules: pixelRulesOf(reading),
  });
  if ('reason' in image) {
    throw inputError('bad-image', `${basename(file)} ${image.reason}.`, { path: file });
  }
  const values = normalizedPixels(image.pixels, image.pixels.length, normalization);
  return { values, damage: damageOf(image.notes) };
}

/** Softmax of one row, most likely classes first. */
function mostLikely(
  logits: Float32Array,
  names: readonly string[] | undefined,
): Prediction['classes'] {
  const highest = logits.reduce((max, value) => Math.max(max, value), -Infinity);
  const weights = Array.from(logits, (value) => Math.exp(value - highest));
  const sum = weights.reduce((total, value) => total + value, 0);
  return weights
    .map((weight, index) => ({
      name: names?.[index] ?? `class ${index}`,
      probability: weight / sum,
    }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, SHOWN_CLASSES);
}

async function computeLogits(
  source: FlippableSource,
  tensor: Extract<PredictJob['input'], { kind: 'tensor' }>,
  batch: number,
): Promise<{ readonly examples: number; readonly notFinite: number }> {
  const file = await openTensorFile(tensor.file);
  try {
    const entry = file.getTensor('x');
    const [count = 0, height = 0, width = 0, channels = 0] = entry.shape;
    if (entry.shape.length !== 4 || count === 0) {
      throw inputError(
        'bad-tensor',
        `${tensor.file}: x has the shape [${entry.shape.join(', ')}]; [N, H, W, C] with at least one row is needed.`,
        { path: tensor.file },
      );
    }
    const values = readFloats(entry.dtype, await file.readTensor('x'));
    const rowSize = height * width * channels;
    const logits = await inferRows(
      source,
      { input: { height, width, channels }, count, batch },
      (start, rows) => Promise.resolve(values.subarray(start * rowSize, (start + rows) * rowSize)),
    );
    const parts = tensorFileParts([
      {
        name: 'logits',
        dtype: 'F32',
        shape: [count, source.classCount],
        data: new Uint8Array(logits.buffer),
      },
    ]);
    const partial = `${tensor.out}.partial`;
    await writeFile(partial, parts);
    await rename(partial, tensor.out);
    return { examples: count, notFinite: rowsNotFinite(logits, source.classCount) };
  } finally {
    await file.close();
  }
}
