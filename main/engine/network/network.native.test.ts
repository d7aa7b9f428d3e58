import { describe, expect, test } from 'vitest';
import { failOnLeaks } from '../testing/leaks.ts';
import { networksOn } from '../testing/networks-on.ts';
import { buildPlan } from '../../zoo/build-plan.ts';
import { getArchitecture } from '../../zoo/registry.ts';
import { createRng } from '../../../shared/rng.ts';
import { NAMED_AUGMENTATIONS } from '../../../shared/spec/augmentation.ts';
import type { ArchitectureSpec } from '../../../shared/spec/architecture.ts';
import type { Network, TrainRequest } from './network.ts';
import type { NetworkProgramOptions } from './steps.ts';

failOnLeaks();

const COUNT = 24;
const BATCH = 8;

function optionsFor(
  spec: ArchitectureSpec,
  changes: Partial<NetworkProgramOptions> = {},
): NetworkProgramOptions {
  return {
    plan: buildPlan(spec, { input: { height: 12, width: 12, channels: 3 }, classes: 5 }),
    batch: BATCH,
    data: { kind: 'resident', count: COUNT },
    normalization: { mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25] },
    augmentation: { pad: 2, flip: true },
    labelSmoothing: 0,
    optimizer: {
      momentum: 0.9,
      nesterov: false,
      weightDecay: 5e-4,
      decayNormAndBias: true,
      clipNorm: undefined,
    },
    ...changes,
  };
}

const rng = createRng(1, 'network test data');
const IMAGES = Uint8Array.from({ length: COUNT * 12 * 12 * 3 }, () => rng.below(256));
const LABELS = Int32Array.from({ length: COUNT }, (_, i) => i % 5);

const rowsOf = (step: number): Int32Array =>
  Int32Array.from({ length: BATCH }, (_, i) => (step * BATCH + i) % COUNT);

function request(step: number, changes: Partial<TrainRequest> = {}): TrainRequest {
  return {
    batch: { kind: 'resident', indices: rowsOf(step) },
    seed: [7, step],
    rate: 0.05,
    diagnostics: false,
    update: true,
    ...changes,
  };
}

const withNetwork = networksOn({ images: IMAGES, labels: LABELS });

const losses = (network: Network, from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => network.step(request(from + i)).loss);

describe('a weight that is NaN', () => {
  // Without shortcuts every normalization is followed by a ReLU, so each could hide it.
  for (const name of ['mini-plain', 'mini-basic-a', 'mini-preact-bottleneck']) {
    test(`shows in the loss, in training and in evaluation (${name})`, () => {
      withNetwork(optionsFor(getArchitecture(name).spec), (network) => {
        const weights = network.readWeights();
        const first = weights.get('conv1.weight');
        if (!first) throw new Error('There is no first convolution.');
        first[0] = Number.NaN;
        network.writeWeights(weights);
        const { batch } = request(0);
        expect(network.step(request(0, { update: false })).loss).toBeNaN();
        expect(network.evaluate({ batch, validCount: BATCH, logits: false }).lossSum).toBeNaN();
      });
    });
  }
});

describe('a recorded step', () => {
  for (const name of ['mini-basic-a', 'mini-preact-bottleneck', 'mini-wide-dropout']) {
    test(`does what the eager step does, augmentation and dropout included (${name})`, () => {
      const options = optionsFor(getArchitecture(name).spec);
      const run = (execution: 'recorded' | 'eager') =>
        withNetwork(
          options,
          (network) => ({
            diagnostics: network.step(request(0, { diagnostics: true, update: false }))
              .diagnostics!,
            losses: losses(network, 0, 3),
            weights: network.readWeights(),
          }),
          execution,
        );
      const recorded = run('recorded');
      const eager = run('eager');
      recorded.losses.forEach((loss, i) => expect(loss).toBeCloseTo(eager.losses[i]!, 4));
      for (const [key, values] of Object.entries(recorded.diagnostics) as [
        keyof typeof eager.diagnostics,
        Float32Array,
      ][]) {
        values.forEach((value, i) => {
          const expected = eager.diagnostics[key][i]!;
          expect(Math.abs(value - expected) / expected, `${key} ${i}`).toBeLessThan(1e-3);
        });
      }
      for (const [weight, values] of recorded.weights) {
        const expected = eager.weights.get(weight)!;
        const gap = values.reduce((max, v, i) => Math.max(max, Math.abs(v - expected[i]!)), 0);
        expect(gap, weight).toBeLessThan(1e-3);
      }
    });
  }

  test('does what the eager step does, and the same for resident and streamed data, with every augmentation, class weights and a mean image', () => {
    const augmentation = NAMED_AUGMENTATIONS['strong'];
    if (augmentation?.kind !== 'composed') throw new Error('It should be composed.');
    const meanImage = Float32Array.from({ length: 12 * 12 * 3 }, (_, i) => (i % 256) / 255);
    const normalization = { mean: [0.5, 0.5, 0.5], deviation: [1, 1, 1], meanImage };
    const changes = { augmentation, normalization, classWeights: [0.5, 1, 1.5, 1, 1] };
    const options = optionsFor(getArchitecture('mini-basic-a').spec, changes);
    const resident = withNetwork(options, (network) => losses(network, 0, 4));
    const eager = withNetwork(options, (network) => losses(network, 0, 4), 'eager');
    resident.forEach((loss, i) => expect(loss).toBeCloseTo(eager[i]!, 4));
    const streamed = withNetwork({ ...options, data: { kind: 'streamed' } }, (network) =>
      [0, 1, 2, 3].map((step) => {
        const rows = rowsOf(step);
        const rowBytes = IMAGES.length / COUNT;
        const images = new Uint8Array(BATCH * rowBytes);
        rows.forEach((row, i) => {
          images.set(IMAGES.subarray(row * rowBytes, (row + 1) * rowBytes), i * rowBytes);
        });
        const labels = rows.map((row) => LABELS[row]!);
        return network.step(request(step, { batch: { kind: 'streamed', images, labels } })).loss;
      }),
    );
    expect(streamed).toEqual(resident);
  });

  test('gives the same numbers each time it is repeated from the same state', () => {
    const options = optionsFor(getArchitecture('mini-resnet18').spec);
    const run = (): number[] => withNetwork(options, (network) => losses(network, 0, 6));
    expect(run()).toEqual(run());
  });

  // What is random in the last two, blocks and masks, comes from the step's seed alone.
  test.each(['mini-basic-b', 'mini-sd', 'mini-shortcut-dropout'])(
    'goes on bit-exactly from weights and slots alone (%s)',
    (name) => {
      const options = optionsFor(getArchitecture(name).spec);
      const whole = withNetwork(options, (network) => losses(network, 0, 8));
      const first = withNetwork(options, (network) => ({
        losses: losses(network, 0, 4),
        weights: network.readWeights(),
        slots: network.readSlots(),
      }));
      const second = withNetwork(options, (network) => {
        network.writeWeights(first.weights);
        network.writeSlots(first.slots);
        return losses(network, 4, 8);
      });
      expect([...first.losses, ...second]).toEqual(whole);
    },
  );

  test('streamed batches give the same numbers as resident data', () => {
    const spec = getArchitecture('mini-basic-a').spec;
    const resident = withNetwork(optionsFor(spec), (network) => losses(network, 0, 3));
    const streamed = withNetwork(optionsFor(spec, { data: { kind: 'streamed' } }), (network) =>
      [0, 1, 2].map((step) => {
        const rows = Array.from(rowsOf(step));
        const size = 12 * 12 * 3;
        const images = new Uint8Array(BATCH * size);
        rows.forEach((row, i) =>
          images.set(IMAGES.subarray(row * size, (row + 1) * size), i * size),
        );
        const labels = Int32Array.from(rows, (row) => LABELS[row]!);
        return network.step(request(step, { batch: { kind: 'streamed', images, labels } })).loss;
      }),
    );
    expect(streamed).toEqual(resident);
  });

  test('of two parts is the step of the whole batch where batch norm can not tell them apart', () => {
    const spec = getArchitecture('mini-basic-a').spec;
    const base = { ...optionsFor(spec), augmentation: { pad: 0, flip: false } };
    // Twice the same examples: every part has the mean and the variance of the whole.
    const half = Array.from({ length: BATCH / 2 }, (_, i) => i);
    const step: TrainRequest = {
      ...request(0, { diagnostics: true }),
      batch: { kind: 'resident', indices: Int32Array.from([...half, ...half]) },
    };
    const run = (options: NetworkProgramOptions) =>
      withNetwork(options, (network) => {
        const looked = network.step({ ...step, update: false });
        const result = network.step(step);
        expect(looked).toEqual(result);
        return { result, weights: network.readWeights() };
      });
    const whole = run(base);
    const parts = run({ ...base, batch: BATCH / 2, microBatches: 2 });
    expect(parts.result.loss).toBeCloseTo(whole.result.loss, 5);
    for (const [name, values] of Object.entries(parts.result.diagnostics!)) {
      const expected = whole.result.diagnostics![name as keyof typeof whole.result.diagnostics];
      (values as Float32Array).forEach((value, i) =>
        expect(value / (expected as Float32Array)[i]!, `${name} ${i}`).toBeCloseTo(1, 3),
      );
    }
    for (const [name, values] of parts.weights) {
      // Running statistics differ by design: they are updated by each part.
      if (name.includes('running_')) continue;
      const expected = whole.weights.get(name)!;
      values.forEach((value, i) => expect(value, name).toBeCloseTo(expected[i]!, 5));
    }
  });

  test('changes nothing when it is not asked to update', () => {
    withNetwork(optionsFor(getArchitecture('mini-basic-a').spec), (network) => {
      const before = network.readWeights();
      network.step(request(0, { update: false, diagnostics: true }));
      expect(network.readWeights()).toEqual(before);
    });
  });
});

describe('gates', () => {
  test('a closed gate makes the block its shortcut: the branch gets no gradient', () => {
    const options = optionsFor(getArchitecture('mini-basic-a').spec);
    withNetwork(options, (network) => {
      const gates = new Float32Array(options.plan.blocks.length).fill(1);
      gates[1] = 0;
      const name = options.plan.blocks[1]!.name;
      const gradients = network.gradients(request(0, { gates }));
      for (const [weight, gradient] of gradients) {
        const isZero = gradient.every((value) => value === 0);
        expect(isZero, weight).toBe(
          weight.startsWith(`${name}.`) && !weight.includes('downsample'),
        );
      }
    });
  });

  test('a closed gate makes a highway layer its shortcut, whatever its own gate says', () => {
    const options = optionsFor(getArchitecture('mini-highway').spec);
    withNetwork(options, (network) => {
      const gates = new Float32Array(options.plan.blocks.length).fill(1);
      gates[2] = 0;
      const gradients = network.gradients(request(0, { gates }));
      for (const [weight, gradient] of gradients) {
        const isZero = gradient.every((value) => value === 0);
        expect(isZero, weight).toBe(weight.startsWith(`${options.plan.blocks[2]!.name}.`));
      }
    });
  });

  test('blocks that sit a step out get no gradient, and evaluation uses all of them', () => {
    const spec = getArchitecture('mini-effective').spec;
    const options = optionsFor(spec);
    const names = options.plan.blocks.map(({ name }) => name);
    withNetwork(options, (network) => {
      const chosen = [0, 1, 2, 3, 4, 5].map((step) => {
        const gradients = network.gradients(request(step));
        return names.filter((name) => gradients.get(`${name}.conv1.weight`)!.some((v) => v !== 0));
      });
      for (const blocks of chosen) expect(blocks).toHaveLength(2);
      expect(new Set(chosen.map(String)).size).toBeGreaterThan(1);
      // Two of three take part, so each counts two thirds: the same as gates of two thirds on all.
      const batch = { kind: 'resident', indices: rowsOf(0) } as const;
      const { logits } = network.evaluate({ batch, validCount: BATCH, logits: true });
      const weights = network.readWeights();
      const always = { ...spec };
      delete always.sampling;
      withNetwork(optionsFor(always), (full) => {
        full.writeWeights(weights);
        const gates = new Float32Array(names.length).fill(2 / 3);
        const expected = full.evaluate({ batch, validCount: BATCH, logits: true, gates }).logits!;
        logits!.forEach((logit, i) => expect(logit).toBeCloseTo(expected[i]!, 5));
      });
    });
  });

  test('a half-open gate halves the branch, in pre-activated blocks too', () => {
    for (const name of ['mini-basic-b', 'mini-preact']) {
      const options = optionsFor(getArchitecture(name).spec);
      withNetwork(options, (network) => {
        const last = options.plan.blocks.at(-1)!;
        const gates = new Float32Array(options.plan.blocks.length).fill(1);
        gates[last.gate] = 0.5;
        const gated = network.trainingLogits(request(0, { gates }));
        // The same by hand: halve what the last layer of the branch multiplies with.
        const weights = network.readWeights();
        const scaled = last.branch.at(-1)!;
        if (!('name' in scaled)) throw new Error('The branch ends in a layer without weights.');
        const halved = [`${scaled.name}.weight`, `${scaled.name}.bias`].filter((key) =>
          weights.has(key),
        );
        network.writeWeights(
          new Map(halved.map((key) => [key, weights.get(key)!.map((v) => v / 2)])),
        );
        const byHand = network.trainingLogits(request(0));
        gated.forEach((logit, i) => expect(logit).toBeCloseTo(byHand[i]!, 4));
      });
    }
  });
});

describe('diagnostics', () => {
  test('are the norms of what the gradients say', () => {
    const options = optionsFor(getArchitecture('mini-bottleneck').spec);
    withNetwork(options, (network) => {
      const { diagnostics } = network.step(request(0, { diagnostics: true, update: false }));
      const gradients = network.gradients(request(0));
      const weights = network.readWeights();
      const norm = (arrays: Float32Array[]): number =>
        Math.sqrt(arrays.reduce((sum, a) => sum + a.reduce((s, v) => s + v * v, 0), 0));
      expect(network.units).toEqual(['stem', ...options.plan.blocks.map((b) => b.name), 'head']);
      network.units.forEach((unit, i) => {
        const names = network.weights
          .filter((w) => w.trained && w.unit === unit)
          .map((w) => w.name);
        expect(diagnostics!.gradientNorm[i]).toBeCloseTo(
          norm(names.map((n) => gradients.get(n)!)),
          4,
        );
        expect(diagnostics!.weightNorm[i]).toBeCloseTo(norm(names.map((n) => weights.get(n)!)), 3);
        expect(diagnostics!.inputGradientNorm[i]).toBeGreaterThan(0);
      });
      expect(diagnostics!.responseDeviation).toHaveLength(network.convolutions.length);
      // After batch norm with scale 1 and shift 0 every response has deviation 1.
      network.convolutions.forEach((name, i) =>
        expect(diagnostics!.responseDeviation[i], name).toBeCloseTo(1, 2),
      );
    });
  });
});

describe('evaluation', () => {
  test('counts valid examples only and uses running statistics', () => {
    withNetwork(optionsFor(getArchitecture('mini-basic-a').spec), (network) => {
      const batch = { kind: 'resident', indices: rowsOf(0) } as const;
      const all = network.evaluate({ batch, validCount: BATCH, logits: true });
      const half = network.evaluate({ batch, validCount: BATCH / 2, logits: true });
      expect(half.logits).toEqual(all.logits);
      expect(half.lossSum).toBeLessThan(all.lossSum);
      const hits = [0, 1, 2, 3].filter((i) => {
        const row = Array.from(all.logits!.subarray(i * 5, i * 5 + 5));
        return row.indexOf(Math.max(...row)) === LABELS[i];
      });
      expect(half.top1Hits).toBe(hits.length);
      // Five classes: every label is among the five most likely.
      expect(all.top5Hits).toBe(BATCH);
      network.step(request(0));
      expect(network.evaluate({ batch, validCount: BATCH, logits: true }).logits).not.toEqual(
        all.logits,
      );
    });
  });
});

describe('a step with clipped gradients', () => {
  // A stored `clipNorm` clips in every step here.
  const optimizers = {
    sgd: {
      momentum: 0.9,
      nesterov: true,
      weightDecay: 5e-4,
      decayNormAndBias: true,
      clipNorm: 0.5,
    },
    adamw: {
      kind: 'adamw',
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0.05,
      decayNormAndBias: true,
      clipNorm: 0.5,
    },
  } as const;

  for (const [name, optimizer] of Object.entries(optimizers)) {
    test(`leaves the same bytes whenever it is repeated (${name})`, () => {
      const spec = getArchitecture('mini-preact-bottleneck').spec;
      const bytesAfter = (session: number): string =>
        withNetwork(optionsFor(spec, { optimizer }), (network) => {
          // Diagnostics share tensors with the step, now here, now there: they must not change it.
          for (let step = 0; step < 12; step++) {
            network.step(request(step, { step, diagnostics: (step + session) % 3 === 0 }));
          }
          return [...network.readWeights()]
            .map(([weight, values]) => {
              const { buffer, byteOffset, byteLength } = values;
              return `${weight} ${Buffer.from(buffer, byteOffset, byteLength).toString('base64')}`;
            })
            .join('\n');
        });
      const first = bytesAfter(0);
      for (let session = 1; session < 6; session++) expect(bytesAfter(session)).toBe(first);
    });
  }
});
