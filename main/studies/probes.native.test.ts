// Every probe against PyTorch's brute force on small networks (fixtures/torch_probes.py).
import { beforeAll, describe, expect, test } from 'vitest';
import { failOnLeaks } from '../engine/testing/leaks.ts';
import { weightsOf } from '../zoo/parameters.ts';
import { ProbeSpec, type Judged, type ProbeInput } from '../../shared/contract/probes.ts';
import { CASES, readCase, readGatedCase, type ProbedCase } from './fixtures/probed-case.ts';
import { InitialNetwork } from './initialization/probe.ts';
import { moved, normalizeFilters } from './landscape/directions.ts';
import { gridPlaces, MovableNetwork } from './landscape/probe.ts';
import { LesionedNetwork, type Lesion } from './lesions/lesioned-probe.ts';
import { PathGradients } from './path-lengths/path-gradients-probe.ts';
import { batchesOf } from './probe/images.ts';
import { runProbe } from './probe/run-probe.ts';

failOnLeaks();

const TOLERANCE = 1e-4;

/** Of numbers that span orders of magnitude. */
function expectClose(given: number | null | undefined, expected: number | undefined): void {
  if (expected === undefined) throw new Error('There is no answer to compare with.');
  expect(Math.abs((given ?? Number.NaN) - expected)).toBeLessThan(
    TOLERANCE * Math.max(Math.abs(expected), 1e-3),
  );
}

function expectJudged(given: Judged, expected: Judged | undefined): void {
  // Errors are whole numbers of examples: the same to the last bit but for the division.
  expect(given.error).toBeCloseTo(expected?.error ?? Number.NaN, 12);
  expectClose(given.loss, expected?.loss ?? undefined);
}

describe.each(CASES)('%s', (name) => {
  let known: ProbedCase;
  beforeAll(async () => {
    known = await readCase(name);
  });
  const probe = async <Kind extends ProbeInput['kind']>(kind: Kind, options: object = {}) => {
    const values = await runProbe(known.context, ProbeSpec.parse({ kind, ...options }));
    if (values.kind !== kind) throw new Error(`A probe answered ${values.kind}.`);
    return values as Extract<typeof values, { kind: Kind }>;
  };

  test('lesions: errors are equal with branches, shortcuts and places changed', () => {
    const { context, batches, answers } = known;
    const { lesions } = answers;
    const network = new LesionedNetwork(context, batches);
    const all = context.plan.blocks.map(({ gate }) => gate);
    const without = (...removed: number[]): number[] =>
      all.map((gate) => (removed.includes(gate) ? 0 : 1));
    const check = (made: (removed: number[]) => Lesion, once: Judged[], again: Judged[]): void => {
      for (const gate of all) {
        const lesion = made(without(gate));
        expectJudged(network.judge(lesion), once[gate]);
        expectJudged(network.judgeRecalibrated(lesion, batches), again[gate]);
      }
    };
    try {
      expectJudged(network.judge(), lesions.whole);
      check((branches) => ({ branches }), lesions.single, lesions.recalibrated);
      expectJudged(network.judge({ branches: without(1, 4) }), lesions.pair);
      const { shortcut, shortcutRecalibrated } = lesions;
      if (shortcut && shortcutRecalibrated) {
        check((shortcuts) => ({ shortcuts }), shortcut, shortcutRecalibrated);
      }
      expectJudged(network.judgeReordered(lesions.order), lesions.reordered);
      // Everything is as it was.
      expectJudged(network.judge(), lesions.whole);
    } finally {
      network.dispose();
    }
  });

  test('responses and ‖F(x)‖ / ‖x‖', async () => {
    const { deviations, ratios } = known.answers.responses;
    const found = await probe('responses');
    expect(found.convolutions.map((convolution) => convolution.name).sort()).toEqual(
      Object.keys(deviations).sort(),
    );
    for (const convolution of found.convolutions) {
      expectClose(convolution.deviation, deviations[convolution.name]);
    }
    const ratiosFound = found.blocks.flatMap(({ ratio }) => ratio ?? []);
    expect(ratiosFound).toHaveLength(ratios.length);
    ratiosFound.forEach((ratio, i) => expectClose(ratio, ratios[i]));
  });

  test('variances and gradients with batch statistics, without normalization, with zero scale', async () => {
    const { context, answers } = known;
    const source = context.images('train');
    const rows = Int32Array.from({ length: source.count }, (_, row) => row);
    const [batch] = await batchesOf(source, rows, source.count);
    if (!batch) throw new Error('There are no images.');
    for (const variant of ['batch-norm', 'no-norm', 'zero-scale'] as const) {
      const expected = answers.initialization[variant];
      if (!expected) continue;
      const network = new InitialNetwork(context, variant, source.count);
      network.measure(context.weights, batch).forEach((found, i) => {
        const { branchVariance, shortcutVariance, gradientNorm } = found;
        const given = [branchVariance, shortcutVariance, gradientNorm];
        given.forEach((value, k) => expectClose(value, expected[i]?.[k]));
      });
      network.dispose();
    }
  });

  test('CKA equals the U-statistic over all quadruples', async () => {
    const { batch, answers } = known;
    const source = known.context.images('val');
    // The probe takes its minibatches from all over the split; the answers are of consecutive ones.
    const count = source.count / batch;
    const consecutive = (row: number): number => (row % count) * batch + Math.floor(row / count);
    const context = {
      ...known.context,
      images: () => ({
        ...source,
        read: (rows: Int32Array) => source.read(rows.map(consecutive)),
      }),
    };
    const values = await runProbe(context, ProbeSpec.parse({ kind: 'similarity', batch }));
    if (values.kind !== 'similarity') throw new Error('Another probe answered.');
    expect(values.values).toHaveLength(answers.cka.flat().length);
    values.values.forEach((value, i) => expectClose(value, answers.cka.flat()[i]));
  });

  test('the loss on the plane of two given directions', () => {
    const { context, batches, answers, direction } = known;
    const weights = weightsOf(context.plan);
    const [d, e] = (['d', 'e'] as const).map((axis) =>
      normalizeFilters(direction(axis), context.weights, weights),
    );
    if (!d || !e) throw new Error('There are no directions.');
    const network = new MovableNetwork(context, batches);
    const places = gridPlaces(3, 1);
    const losses = places.flatMap((b) =>
      places.map((a) => network.judge(moved(context.weights, { d, e }, [a, b])).loss),
    );
    network.dispose();
    losses.forEach((loss, i) => expectClose(loss, answers.landscape[i]));
  });

  test('neural collapse, and which examples are right', async () => {
    const { answers } = known;
    const found: Record<string, unknown> = await probe('collapse', { split: 'val' });
    for (const [measure, expected] of Object.entries(answers.collapse)) {
      expectClose(Number(found[measure]), expected);
    }
    expect((await probe('correctness')).correct).toBe(answers.correct.join(''));
  });

  test.skipIf(name === 'plain')('the gradient by paths of each example', async () => {
    const { context, batches, batch, answers } = known;
    const { paths = [], pathNorms = [] } = answers;
    const gradients = new PathGradients(context, batch);
    const norms = batches.flatMap((each, i) =>
      Array.from(
        gradients.norms(each, Float32Array.from(paths.slice(i * batch, (i + 1) * batch).flat())),
      ),
    );
    gradients.dispose();
    norms.forEach((norm, i) => expectClose(norm, pathNorms[i]));
    const { pathShare, gradientShare, lengths } = await probe('path-lengths', { samples: 8 });
    expect(lengths.map(({ length }) => length)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    for (const shares of [pathShare, gradientShare]) {
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    }
  });
});

test('gates: openness by block and class, the share that classes explain, and biases', async () => {
  const { context, answers } = await readGatedCase();
  const found = await runProbe(context, ProbeSpec.parse({ kind: 'gates' }));
  if (found.kind !== 'gates') throw new Error('Another probe answered.');
  expect(found).toMatchObject({ gating: 'exclusive', startBias: -0.6, examples: 24 });
  expect(found.classes.map(({ examples }) => examples)).toEqual([6, 6, 6, 6]);
  expect(found.blocks.map(({ name }) => name)).toEqual(Object.keys(answers.gates));
  for (const { name, byClass, ...numbers } of found.blocks) {
    const { byClass: expectedByClass, ...expected } = answers.gates[name] ?? { byClass: [] };
    for (const [measure, value] of Object.entries(expected)) {
      expectClose(new Map(Object.entries(numbers)).get(measure), value);
    }
    byClass.forEach((value, i) => expectClose(value, expectedByClass[i]));
  }
});
