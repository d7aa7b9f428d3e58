import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { buildPlan } from '../zoo/build-plan.ts';
import { weightsOf } from '../zoo/parameters.ts';
import { getArchitecture, listArchitectures } from '../zoo/registry.ts';
import { fixtureNames, normalizedInput, readFixture } from './fixture.ts';

const fixtureLimitBytes = 200 * 1024;

test('every mini network has a case of its own', () => {
  const minis = listArchitectures().filter(({ family }) => family === 'mini');
  expect(fixtureNames()).toEqual(expect.arrayContaining(minis.map(({ name }) => name)));
});

// When a mini network changes: `npx vitest run main/parity -u`, then write the fixtures again.
test('the specs that PyTorch reads are those of the zoo', async () => {
  for (const { family, name, spec } of listArchitectures()) {
    if (family !== 'mini') continue;
    await expect(`${JSON.stringify(spec, null, 2)}\n`).toMatchFileSnapshot(
      `fixtures/specs/${name}.json`,
    );
  }
});

test.each(fixtureNames())('the case %s fits the network that the zoo plans for it', (name) => {
  const fixture = readFixture(name);
  expect(fixture.spec).toEqual(getArchitecture(fixture.spec.name).spec);
  const weights = weightsOf(buildPlan(fixture.spec, fixture));
  const shapes = (which: typeof weights) => new Map(which.map((w) => [w.name, w.fileShape]));
  const stored = (tensors: typeof fixture.weights) =>
    new Map([...tensors].map(([key, { shape }]) => [key, shape]));
  expect(stored(fixture.weights)).toEqual(shapes(weights));
  expect(stored(fixture.finalWeights)).toEqual(shapes(weights));
  expect(stored(fixture.gradients)).toEqual(shapes(weights.filter((w) => w.trained)));
  expect(stored(fixture.statistics)).toEqual(shapes(weights.filter((w) => !w.trained)));
});

test.each(fixtureNames())('the case %s is whole and small', (name) => {
  const fixture = readFixture(name);
  const { input, batchSize, classes, steps } = fixture;
  const file = new URL(`fixtures/${name}.safetensors`, import.meta.url);
  expect(readFileSync(file).byteLength).toBeLessThan(fixtureLimitBytes);
  expect(fixture.images.length).toBe(
    fixture.labels.length * input.height * input.width * input.channels,
  );
  expect(fixture.logitsTrain.shape).toEqual([batchSize, classes]);
  expect(fixture.logitsEval.shape).toEqual([batchSize, classes]);
  expect(fixture.batches.map((batch) => batch.length)).toEqual(Array(steps).fill(batchSize));
  // Stored to seven digits, the first step's loss is the loss of the first batch.
  expect(fixture.losses[0]).toBe(fixture.loss);
  expect(Math.min(...fixture.losses)).toBeLessThan(fixture.loss);
  // Two correct programs stay this close, so a test may ask for it.
  fixture.lossesInFloat32.forEach((loss, step) => {
    expect(Math.abs(loss / (fixture.losses[step] ?? NaN) - 1)).toBeLessThan(0.005);
  });
});

test("the loss is the cross-entropy of the batch's logits", () => {
  const fixture = readFixture('mini-basic-a');
  const { values } = fixture.logitsTrain;
  const losses = [...(fixture.batches[0] ?? [])].map((index, i) => {
    const row = [...values.slice(i * fixture.classes, (i + 1) * fixture.classes)];
    const total = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
    return total - row[fixture.labels[index]!]!;
  });
  expect(losses.reduce((a, b) => a + b) / losses.length).toBeCloseTo(fixture.loss, 5);
});

test('the normalized dataset has mean 0 and deviation 1', () => {
  const fixture = readFixture('mini-preact');
  const all = Int32Array.from(fixture.labels, (_, index) => index);
  const { shape, values } = normalizedInput(fixture, all);
  expect(shape).toEqual([64, 11, 14, 3]);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  expect(mean).toBeCloseTo(0, 3);
  expect(variance).toBeCloseTo(1, 3);
});
