// What a comparison knows of one run: its row, its spec, what it cost, and each metric in a few numbers.
// Schemas, because the host sends it to the page and bundles carry it.
import { z } from 'zod';
import { RunRow } from '../contract/app/runs.ts';
import { Precision } from '../spec/precision.ts';
import { RunSpec } from '../spec/run.ts';

const maybe = z.number().nullable();

/** A scalar series in a few numbers. Null where there was no finite value. */
export const MetricSummary = z.object({
  /** Name of the series: `val/accuracy`. */
  name: z.string(),
  unit: z.string(),
  points: z.int(),
  /** Of the last point. */
  last: maybe,
  /** What stands for the run's end: of single training steps the mean over the last, else the last point. */
  final: maybe,
  /** Of validations the value at the best checkpoint, else the lowest or highest, whichever is better. */
  best: maybe,
  /** Mean of the last `lastCount` points, which are fewer than asked for where there are no more. */
  lastMean: maybe,
  lastCount: z.int(),
  /** Mean of the last tenth, and of the tenth before it; null below twenty points. */
  lastTenth: maybe,
  tenthBefore: maybe,
});

export const ClassAccuracy = z.object({
  name: z.string(),
  /** Share of the class's validation examples that the best checkpoint names right. */
  accuracy: maybe,
  examples: z.int(),
});

export const ComparedRun = z.object({
  run: RunRow,
  /** Null for imported runs, whose settings nobody knows. */
  spec: RunSpec.nullable(),
  /** Weighted layers on the main path; null if the network can't be planned here. */
  depth: z.int().nullable(),
  parameters: maybe,
  /** Multiply-adds of one example. */
  macs: maybe,
  runtime: z.object({
    tensorflow: z.string(),
    device: z.string(),
    machine: z.string(),
    node: z.string(),
    /** What was computed in, where the recipe left it to the device too. */
    precision: Precision.default('float32'),
  }),
  counts: z.object({ train: z.int(), val: z.int(), test: z.int() }).nullable(),
  stepsPerEpoch: maybe,
  metrics: z.array(MetricSummary),
  /** Null while nobody has looked at what it gets wrong. */
  perClass: z.array(ClassAccuracy).nullable(),
  /** Changes whenever anything of the run does that a report shows. */
  mark: z.string(),
});

export type MetricSummary = z.output<typeof MetricSummary>;
export type ClassAccuracy = z.output<typeof ClassAccuracy>;
export type ComparedRun = z.output<typeof ComparedRun>;
