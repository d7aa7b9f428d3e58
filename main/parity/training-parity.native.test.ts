// How a network is trained, against PyTorch: optimizers step by step on given gradients, schedules rate by
// rate, and whole trainings with AdamW, accumulated gradients, averaged weights and frozen stages.
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseTensorFile } from '../../shared/safetensors.ts';
import { readFloats, readIntegers } from '../../shared/tensor-values.ts';
import { ScheduleSpec } from '../../shared/spec/recipe.ts';
import { learningRate } from '../../shared/spec/schedule.ts';
import { fromFileLayout, toFileLayout } from '../engine/network/layout.ts';
import { Network, networkProgram, recordNetwork } from '../engine/network/network.ts';
import {
  optimizerFeeds,
  optimizerFeedValues,
  optimizerUpdates,
  slotKinds,
  slotName,
  type OptimizerOptions,
} from '../engine/network/optimizer.ts';
import { averageName, type NetworkProgramOptions } from '../engine/network/steps.ts';
import { createEagerProgram } from '../engine/recording/eager-program.ts';
import type { Program, ProgramSpec } from '../engine/recording/program.ts';
import { recordProgram } from '../engine/recording/recorded-program.ts';
import { failOnLeaks } from '../engine/testing/leaks.ts';
import { buildPlan } from '../zoo/build-plan.ts';
import { unitNames } from '../zoo/plan.ts';
import type { Weight } from '../zoo/parameters.ts';
import { parseArchitecture } from '../zoo/parse-architecture.ts';

failOnLeaks();

// TensorFlow's Adam takes 1 − β in float32, which is off by 1e-5 for β₂ = 0.999, so its steps by half of that.
const TRACE_TOLERANCE = 5e-6;
const RATE_TOLERANCE = 1e-12;
const LOGIT_TOLERANCE = 1e-4;
const CURVE_TOLERANCE = 1e-4;
const WEIGHT_TOLERANCE = 1e-3;

const errors: Record<string, string>[] = [];
afterAll(() => {
  console.table(errors);
});

function report(what: string, values: Record<string, number>): void {
  const printed = Object.entries(values).map(([name, value]) => [name, value.toExponential(1)]);
  errors.push({ what, ...(Object.fromEntries(printed) as Record<string, string>) });
}

const execution = ['recorded', 'eager'] as const;

function fileOf(name: string) {
  const bytes = readFileSync(new URL(`fixtures/training/${name}.safetensors`, import.meta.url));
  const file = parseTensorFile(bytes);
  const entry = (tensor: string) => {
    const found = file.tensors.get(tensor);
    if (found === undefined) throw new Error(`The fixture has no ${tensor}.`);
    return found;
  };
  return {
    about: JSON.parse(file.metadata['about'] ?? '') as unknown,
    names: [...file.tensors.keys()],
    floats: (tensor: string) => readFloats(entry(tensor).dtype, file.bytesOf(tensor)),
    integers: (tensor: string) => readIntegers(entry(tensor).dtype, file.bytesOf(tensor)),
    bytes: (tensor: string) => file.bytesOf(tensor),
  };
}

function largest(given: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (given.length !== expected.length) return Infinity;
  let gap = 0;
  let size = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((given[i] ?? NaN) - (expected[i] ?? NaN));
    if (!(difference <= gap)) gap = difference;
    size = Math.max(size, Math.abs(expected[i] ?? 0));
  }
  return gap / Math.max(size, Number.MIN_VALUE);
}

const AdamAbout = z.object({
  beta1: z.number(),
  beta2: z.number(),
  epsilon: z.number(),
  weightDecay: z.number(),
});

describe('optimizers, step by step', () => {
  const traces = fileOf('traces');
  const { adamw } = z.object({ adamw: AdamAbout }).parse(traces.about);
  const common = { decayNormAndBias: true, clipNorm: undefined };
  const sgd = { ...common, momentum: 0.9, weightDecay: adamw.weightDecay };
  const optimizers: Record<string, OptimizerOptions> = {
    adamw: { kind: 'adamw', ...adamw, ...common },
    'adamw-no-decay': { kind: 'adamw', ...adamw, ...common, weightDecay: 0 },
    'adamw-betas': { kind: 'adamw', ...adamw, ...common, beta1: 0.5, beta2: 0.9, epsilon: 1e-4 },
    sgd: { ...sgd, nesterov: false },
    'sgd-nesterov': { ...sgd, nesterov: true },
  };
  const size = traces.floats('start').length;
  const gradients = traces.floats('gradients');
  const rates = traces.floats('rates');

  /** A program that does nothing but the update of one parameter `w`. */
  function updateOnly(optimizer: OptimizerOptions): ProgramSpec {
    const shape = [size];
    const weight = { name: 'w', role: 'kernel', shape } as unknown as Weight;
    const slots = slotKinds(optimizer).map((kind) => slotName(kind, 'w'));
    return {
      state: ['w', ...slots].map((name) => ({ name, type: 'float32', shape })),
      functions: [
        {
          name: 'update',
          feeds: [...optimizerFeeds(optimizer), { name: 'g', type: 'float32', shape }],
          body: ({ feed }) => ({
            outputs: {},
            updates: optimizerUpdates(optimizer, {
              weights: [weight],
              gradients: [feed('g')],
              feed,
            }),
          }),
        },
      ],
    };
  }

  for (const [name, optimizer] of Object.entries(optimizers)) {
    test.each(execution)(`${name} takes PyTorch’s steps (%s)`, (how) => {
      const spec = updateOnly(optimizer);
      const program: Program = how === 'eager' ? createEagerProgram(spec) : recordProgram(spec);
      try {
        program.write(new Map(spec.state.map((state) => [state.name, new Float32Array(size)])));
        program.write(new Map([['w', traces.floats('start')]]));
        const expected = traces.floats(`trace.${name}`);
        let worst = 0;
        rates.forEach((rate, step) => {
          program.run('update', {
            feeds: {
              ...optimizerFeedValues(optimizer, { rate, step }),
              g: gradients.slice(step * size, (step + 1) * size),
            },
            outputs: [],
            update: true,
          });
          const given = program.read(['w']).get('w') ?? [];
          const due = expected.slice(step * size, (step + 1) * size);
          worst = Math.max(worst, largest(given, due));
        });
        report(`${name}, ${how}`, { steps: worst });
        expect(worst).toBeLessThan(TRACE_TOLERANCE);
      } finally {
        program.dispose();
      }
    });
  }
});

describe('schedules, rate by rate', () => {
  const { schedules } = z
    .object({
      schedules: z.array(z.object({ schedule: ScheduleSpec, rates: z.array(z.number()) })),
    })
    .parse(fileOf('traces').about);
  test.each(schedules)('$schedule is PyTorch’s', ({ schedule, rates }) => {
    const given = rates.map((_, step) => learningRate(schedule, step, rates.length));
    const error = largest(given, rates);
    report(`${schedule.kind} over ${rates.length} steps`, { rates: error });
    expect(error).toBeLessThan(RATE_TOLERANCE);
  });
});

const NetworkAbout = z.object({
  spec: z.unknown(),
  height: z.int(),
  width: z.int(),
  channels: z.int(),
  classes: z.int(),
  rate: z.number(),
  normalization: z.object({ mean: z.array(z.number()), deviation: z.array(z.number()) }),
  adamw: AdamAbout.extend({ rate: z.number() }),
  cases: z.record(
    z.string(),
    z.object({
      optimizer: z.literal('adamw').optional(),
      microBatches: z.int().default(1),
      averageDecay: z.number().optional(),
      frozenStages: z.int().optional(),
    }),
  ),
});

describe('whole trainings', () => {
  const file = fileOf('networks');
  const about = NetworkAbout.parse(file.about);
  type Case = (typeof about.cases)[string];
  const batchSize = 8;
  const order = file.integers('batches');
  const steps = order.length / batchSize;

  function optionsOf(chosen: Case, testTimeFlip: boolean): NetworkProgramOptions {
    const { height, width, channels, classes } = about;
    const plan = buildPlan(parseArchitecture(about.spec), {
      input: { height, width, channels },
      classes,
    });
    const stages = chosen.frozenStages;
    const frozenUnits = plan.blocks.filter(({ stage }) => stage < (stages ?? 0));
    const common = { decayNormAndBias: true, clipNorm: undefined };
    return {
      plan,
      batch: batchSize / chosen.microBatches,
      microBatches: chosen.microBatches,
      data: { kind: 'resident', count: file.integers('labels').length },
      normalization: about.normalization,
      augmentation: { pad: 0, flip: false },
      labelSmoothing: 0,
      optimizer:
        chosen.optimizer === 'adamw'
          ? { kind: 'adamw', ...about.adamw, ...common }
          : { momentum: 0.9, nesterov: false, weightDecay: 5e-4, ...common },
      averaging: chosen.averageDecay !== undefined,
      testTimeFlip,
      ...(stages === undefined
        ? {}
        : {
            frozen: {
              units: new Set([
                ...unitNames(plan).slice(0, 1),
                ...frozenUnits.map(({ name }) => name),
              ]),
              normInference: true,
            },
          }),
    };
  }

  function open(options: NetworkProgramOptions, how: (typeof execution)[number]): Network {
    const network =
      how === 'eager'
        ? new Network(options, createEagerProgram(networkProgram(options, 'train')))
        : recordNetwork(options, 'train');
    network.writeData(file.bytes('images'), file.integers('labels'));
    const weights = network.weights.map((weight): [string, Float32Array] => [
      weight.name,
      fromFileLayout(weight, file.floats(`weights.${weight.name}`)),
    ]);
    network.writeWeights(new Map(weights));
    network.writeSlots(new Map());
    return network;
  }

  /** Over all tensors of a kind, in PyTorch's layout. */
  function worstOf(
    weights: readonly Weight[],
    values: ReadonlyMap<string, Float32Array>,
    expected: { readonly prefix: string; readonly key?: (name: string) => string },
  ): number {
    return Math.max(
      ...weights.map((weight) => {
        const value = values.get((expected.key ?? String)(weight.name)) ?? new Float32Array();
        return largest(toFileLayout(weight, value), file.floats(expected.prefix + weight.name));
      }),
    );
  }

  /** Logits of the first batch as the network evaluates it. */
  function logitsOf(network: Network, batch: number): number[] {
    return Array.from({ length: batchSize / batch }, (_, part) => {
      const indices = order.slice(part * batch, (part + 1) * batch);
      const request = { batch: { kind: 'resident', indices }, validCount: batch, logits: true };
      return [...(network.evaluate(request as Parameters<Network['evaluate']>[0]).logits ?? [])];
    }).flat();
  }

  for (const [name, chosen] of Object.entries(about.cases)) {
    const prefix = `case.${name}.`;
    test.each(execution)(`${name} is PyTorch’s (%s)`, (how) => {
      const options = optionsOf(chosen, false);
      const network = open(options, how);
      try {
        const rate = chosen.optimizer === 'adamw' ? about.adamw.rate : about.rate;
        const losses = Array.from({ length: steps }, (_, step) => {
          const indices = order.slice(step * batchSize, (step + 1) * batchSize);
          const { loss } = network.step({
            batch: { kind: 'resident', indices },
            seed: [0, step],
            rate,
            step,
            ...(chosen.averageDecay === undefined ? {} : { averageDecay: chosen.averageDecay }),
            diagnostics: false,
            update: true,
          });
          return loss;
        });
        const expectedLosses = file.floats(`${prefix}losses`);
        const curve = Math.max(
          ...losses.map((loss, i) => Math.abs(loss / (expectedLosses[i] ?? NaN) - 1)),
        );
        const weights = worstOf(network.weights, network.readWeights(), {
          prefix: `${prefix}final.`,
        });
        const averages =
          chosen.averageDecay === undefined
            ? 0
            : worstOf(network.weights, network.readSlots(), {
                prefix: `${prefix}average.`,
                key: averageName,
              });
        const logits = largest(logitsOf(network, options.batch), file.floats(`${prefix}logits`));
        report(`${name}, ${how}`, { curve, weights, averages, logits });
        expect(curve).toBeLessThan(CURVE_TOLERANCE);
        expect(weights).toBeLessThan(WEIGHT_TOLERANCE);
        expect(averages).toBeLessThan(WEIGHT_TOLERANCE);
        expect(logits).toBeLessThan(LOGIT_TOLERANCE);
      } finally {
        network.dispose();
      }
    });
  }

  test('test-time flip is the mean of the logits of an image and its mirror image', () => {
    const network = open(optionsOf({ microBatches: 1 }, true), 'recorded');
    try {
      const weights = network.weights.map((weight): [string, Float32Array] => [
        weight.name,
        fromFileLayout(weight, file.floats(`case.adamw.final.${weight.name}`)),
      ]);
      network.writeWeights(new Map(weights));
      const error = largest(logitsOf(network, batchSize), file.floats('case.adamw.logits_flipped'));
      report('test-time flip', { logits: error });
      expect(error).toBeLessThan(1e-4);
    } finally {
      network.dispose();
    }
  });
});
