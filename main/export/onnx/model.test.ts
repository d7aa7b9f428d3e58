// Exported models, computed by ONNX's own runtime, against PyTorch's answers: every kind of network that
// main/parity has a fixture of.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { fixtureNames, normalizedInput, readFixture, type Fixture } from '../../parity/fixture.ts';
import { buildPlan } from '../../zoo/build-plan.ts';
import type { ModelDescription } from '../model-description.ts';
import { imageModel, logitsModel, type OnnxOptions } from './model.ts';

const TOLERANCE = 1e-4;

function optionsOf(fixture: Fixture, changes: Partial<ModelDescription> = {}): OnnxOptions {
  const { spec, input, classes, weights, normalization } = fixture;
  return {
    plan: buildPlan(spec, { input, classes }),
    weight: (name) => {
      const found = weights.get(name);
      if (!found) throw new Error(`The fixture has no weight ${name}.`);
      return found;
    },
    description: {
      network: fixture.name,
      appVersion: 'test',
      input,
      classes: Array.from({ length: classes }, (_, index) => `class ${index}`),
      normalization,
      resize: 'squash',
      testTimeFlip: false,
      run: { id: 'run-1', step: 12, dataFingerprint: 'abc' },
      ...changes,
    },
    foldsBatchNorm: false,
  };
}

async function outputOf(model: Uint8Array, feeds: Record<string, Tensor>): Promise<Float32Array> {
  const session = await InferenceSession.create(model, { logSeverityLevel: 3 });
  try {
    const [output = ''] = session.outputNames;
    const { data } = (await session.run(feeds))[output] ?? {};
    if (!(data instanceof Float32Array)) throw new Error('The model returned no float32 numbers.');
    return data;
  } finally {
    await session.release();
  }
}

/** [N, H, W, C] → [N, C, H, W] */
function channelsFirst(values: Float32Array, [n = 1, h = 1, w = 1, c = 1]: readonly number[]) {
  const pixels = h * w;
  const result = Float32Array.from(values, (_, index) => {
    const image = Math.floor(index / (c * pixels));
    const channel = Math.floor(index / pixels) % c;
    return values[(image * pixels + (index % pixels)) * c + channel] ?? NaN;
  });
  return new Tensor('float32', result, [n, c, h, w]);
}

const firstBatch = (fixture: Fixture): Int32Array => fixture.batches[0] ?? new Int32Array();

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? NaN))), 0);
}

function imagesOf(fixture: Fixture, rows: Int32Array): Tensor {
  const { height, width, channels } = fixture.input;
  const size = height * width * channels;
  const bytes = new Uint8Array(rows.length * size);
  rows.forEach((row, i) => {
    bytes.set(fixture.images.subarray(row * size, (row + 1) * size), i * size);
  });
  return new Tensor('uint8', bytes, [rows.length, height, width, channels]);
}

function softmax(logits: Float32Array, classes: number): Float32Array {
  return logits.map((value, index) => {
    const row = logits.subarray(index - (index % classes), index - (index % classes) + classes);
    return Math.exp(value) / row.reduce((sum, other) => sum + Math.exp(other), 0);
  });
}

describe.each(fixtureNames())('%s', (name) => {
  const fixture = readFixture(name);

  test.each([false, true])('logits are PyTorch’s (batch norm folded: %s)', async (folds) => {
    const model = logitsModel({ ...optionsOf(fixture), foldsBatchNorm: folds });
    const { values, shape } = normalizedInput(fixture, firstBatch(fixture));
    const logits = await outputOf(model, { x: channelsFirst(values, shape) });
    expect(largestDifference(logits, fixture.logitsEval.values)).toBeLessThan(TOLERANCE);
  });

  test('probabilities of bytes are PyTorch’s', async () => {
    const model = imageModel(optionsOf(fixture));
    const image = imagesOf(fixture, firstBatch(fixture));
    const expected = softmax(fixture.logitsEval.values, fixture.classes);
    const probabilities = await outputOf(model, { image });
    expect(largestDifference(probabilities, expected)).toBeLessThan(TOLERANCE);
  });
});

describe('a small network', () => {
  const fixture = readFixture('mini-basic-b');

  test('folding takes the batch norms away', () => {
    const count = (foldsBatchNorm: boolean): number => {
      const model = logitsModel({ ...optionsOf(fixture), foldsBatchNorm });
      return Buffer.from(model).toString('latin1').split('BatchNormalization').length;
    };
    expect(count(false)).toBeGreaterThan(1);
    expect(count(true)).toBe(1);
  });

  test('another number of images than it was made with is taken', async () => {
    const model = imageModel(optionsOf(fixture));
    const one = await outputOf(model, { image: imagesOf(fixture, Int32Array.of(3)) });
    const three = await outputOf(model, { image: imagesOf(fixture, Int32Array.of(3, 4, 5)) });
    expect(one.length).toBe(fixture.classes);
    expect(largestDifference(one, three.slice(0, fixture.classes))).toBeLessThan(1e-6);
  });

  test('with flips at test time an image and its mirror image have the same answer', async () => {
    const model = logitsModel(optionsOf(fixture, { testTimeFlip: true }));
    const { values, shape } = normalizedInput(fixture, firstBatch(fixture));
    const [, , width = 1, channels = 1] = shape;
    const mirrored = values.map((_, index) => {
      const column = Math.floor(index / channels) % width;
      return values[index + (width - 1 - 2 * column) * channels] ?? NaN;
    });
    const plain = await outputOf(model, { x: channelsFirst(values, shape) });
    const turned = await outputOf(model, { x: channelsFirst(mirrored, shape) });
    expect(largestDifference(plain, turned)).toBeLessThan(1e-5);
    expect(largestDifference(plain, fixture.logitsEval.values)).toBeGreaterThan(1e-3);
  });

  test('a mean image is subtracted pixel by pixel', async () => {
    const { height, width, channels } = fixture.input;
    const { mean, deviation } = fixture.normalization;
    const meanImage = Float32Array.from(
      { length: height * width * channels },
      (_, index) => (mean[index % channels] ?? 0) + (index % 7) / 50,
    );
    const model = imageModel(optionsOf(fixture, { normalization: { mean, deviation, meanImage } }));
    const rows = firstBatch(fixture);
    const { shape } = normalizedInput(fixture, rows);
    const bytes = imagesOf(fixture, rows);
    const values = Float32Array.from(bytes.data as Uint8Array, (pixel, index) => {
      const place = index % meanImage.length;
      return (pixel / 255 - (meanImage[place] ?? 0)) / (deviation[index % channels] ?? 1);
    });
    const logits = await outputOf(logitsModel(optionsOf(fixture)), {
      x: channelsFirst(values, shape),
    });
    const probabilities = await outputOf(model, { image: bytes });
    expect(largestDifference(probabilities, softmax(logits, fixture.classes))).toBeLessThan(1e-5);
  });

  test('what a program has to know is in the file', () => {
    const text = Buffer.from(imageModel(optionsOf(fixture))).toString('latin1');
    for (const word of ['classes', 'input_size', 'std', 'run-1', 'data_fingerprint']) {
      expect(text).toContain(word);
    }
  });
});
