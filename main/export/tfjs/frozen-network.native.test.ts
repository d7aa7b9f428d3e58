// Frozen graphs against PyTorch's answers: run by TensorFlow as a SavedModel, and by TensorFlow.js on its own
// processor backend, as a page would.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { exportedFunction } from '../../engine/network/inference.ts';
import { fromFileLayout } from '../../engine/network/layout.ts';
import { recordFrozen, type FrozenGraph } from '../../engine/recording/frozen-graph.ts';
import { savedModelBytes } from '../../engine/recording/saved-model.ts';
import { tf, type Tensor } from '../../engine/tensorflow/library.ts';
import { openSession } from '../../engine/tensorflow/session.ts';
import { failOnLeaks } from '../../engine/testing/leaks.ts';
import { normalizedInput, readFixture, type Fixture } from '../../parity/fixture.ts';
import { buildPlan } from '../../zoo/build-plan.ts';
import { weightsOf } from '../../zoo/parameters.ts';
import { graphModelFiles } from './graph-model.ts';

failOnLeaks();

type Artifacts = Parameters<typeof tf.io.fromMemory>[0];

const TOLERANCE = 1e-4;

let backend = '';
beforeAll(() => {
  backend = tf.getBackend();
});
afterAll(async () => {
  await tf.setBackend(backend);
});

function frozen(fixture: Fixture, testTimeFlip = false): FrozenGraph {
  const plan = buildPlan(fixture.spec, { input: fixture.input, classes: fixture.classes });
  return recordFrozen(
    (batch) => exportedFunction({ plan, batch, testTimeFlip }),
    weightsOf(plan).map((weight) => ({
      name: weight.name,
      shape: weight.shape,
      values: fromFileLayout(
        weight,
        fixture.weights.get(weight.name)?.values ?? new Float32Array(),
      ),
    })),
  );
}

function largestDifference(a: ArrayLike<number>, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return b.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (a[i] ?? NaN))), 0);
}

const inputOf = (fixture: Fixture) =>
  normalizedInput(fixture, fixture.batches[0] ?? new Int32Array());

function savedModelLogits(fixture: Fixture, graph: FrozenGraph): Float32Array {
  const folder = mkdtempSync(join(tmpdir(), 'resnet-lab-frozen-'));
  try {
    writeFileSync(join(folder, 'saved_model.pb'), savedModelBytes(graph.nodes, []));
    const session = openSession(folder);
    const { shape, values } = inputOf(fixture);
    const [logits] = session.run(
      [{ node: 'x', type: 'float32', shape, values }],
      [graph.outputs.get('logits') ?? ''],
    );
    session.dispose();
    return logits?.values as Float32Array;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function graphModelLogits(fixture: Fixture, graph: FrozenGraph): Promise<Float32Array> {
  const [json, ...shards] = graphModelFiles({
    nodes: graph.nodes,
    input: {
      name: 'x',
      shape: [-1, fixture.input.height, fixture.input.width, fixture.input.channels],
    },
    output: {
      name: 'logits',
      source: graph.outputs.get('logits') ?? '',
      classes: fixture.classes,
    },
    metadata: {},
  });
  const document = z
    .object({
      modelTopology: z.unknown(),
      signature: z.unknown(),
      weightsManifest: z.array(z.object({ weights: z.array(z.unknown()) })),
    })
    .parse(JSON.parse(new TextDecoder().decode(json?.bytes)));
  const artifacts: unknown = {
    modelTopology: document.modelTopology,
    signature: document.signature,
    weightSpecs: document.weightsManifest.flatMap(({ weights }) => weights),
    weightData: new Uint8Array(Buffer.concat(shards.map(({ bytes }) => bytes))).buffer,
  };
  const model = await tf.loadGraphModel(tf.io.fromMemory(artifacts as Artifacts));
  const { shape, values } = inputOf(fixture);
  const x = tf.tensor(values, [...shape]);
  const logits = model.predict(x) as Tensor;
  const numbers = (await logits.data()) as Float32Array;
  tf.dispose([x, logits]);
  model.dispose();
  return numbers;
}

describe.each([
  ...['mini-basic-a', 'mini-bottleneck', 'mini-preact', 'mini-highway', 'mini-gn', 'mini-se'],
  ...['mini-dilated', 'mini-resnet50-d', 'mini-sd', 'mini-shortcut-gate', 'mini-resnet18'],
])('%s', (name) => {
  const fixture = readFixture(name);

  test('a SavedModel computes what PyTorch computes, for any number of images', () => {
    const logits = savedModelLogits(fixture, frozen(fixture));
    expect(largestDifference(logits, fixture.logitsEval.values)).toBeLessThan(TOLERANCE);
  });

  test('so does TensorFlow.js by itself', async () => {
    const graph = frozen(fixture);
    await tf.setBackend('cpu');
    try {
      const logits = await graphModelLogits(fixture, graph);
      expect(largestDifference(logits, fixture.logitsEval.values)).toBeLessThan(TOLERANCE);
    } finally {
      await tf.setBackend(backend);
    }
  });
});

test('with flips at test time the batch stays open', () => {
  const fixture = readFixture('mini-basic-b');
  const logits = savedModelLogits(fixture, frozen(fixture, true));
  expect(logits.length).toBe(fixture.logitsEval.values.length);
  expect(largestDifference(logits, fixture.logitsEval.values)).toBeGreaterThan(TOLERANCE);
});
