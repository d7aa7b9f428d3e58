// Tools that start and stop trainings. They need --allow-write; the queue of the library is opened when the
// first of them is called, so that a server that only reads never trains anything.
import { z } from 'zod';
import { inputError } from '../../shared/errors.ts';
import type { RunSpec } from '../../shared/spec/run.ts';
import type { AppServices } from '../host/app-services.ts';
import type { HostParts } from '../host/host-parts.ts';
import { callContext } from './call-context.ts';
import { defined, tool, type Tool } from './tool.ts';

/** What a training is asked for with; as the options of `train`. */
export interface TrainingRequest {
  readonly data: string;
  readonly arch: string;
  readonly recipe?: string;
  readonly set?: readonly string[];
  readonly epochs?: string;
  readonly steps?: string;
  readonly batch?: string;
  readonly seed?: string;
  readonly augment?: string;
  readonly weights?: string;
  readonly newHead?: boolean;
  readonly devices?: string;
  readonly name?: string;
  readonly group?: string;
}

/** One spec for each seed; throws what is wrong with the request. */
export type SpecsOf = (request: TrainingRequest) => readonly RunSpec[];

const Runs = z.object({ runs: z.array(z.string().min(1).max(64)).min(1).max(200) });

const Training = z.object({
  data: z.string().min(1).max(4096).describe('A folder or archive of images, or builtin:shapes.'),
  architecture: z.string().min(1).max(4096).describe('A name of list_architectures.'),
  recipe: z.string().optional().describe('A name of list_recipes.'),
  set: z
    .array(z.string())
    .max(100)
    .optional()
    .describe('Changes such as "optimizer.weightDecay=5e-4" or "block.dropout=0.3".'),
  epochs: z.number().positive().optional(),
  steps: z.int().positive().optional(),
  batch: z.int().positive().optional(),
  seeds: z.array(z.int().min(0)).min(1).max(100).default([0]),
  augment: z.enum(['none', 'standard']).optional(),
  weights: z.string().max(4096).optional().describe('A .safetensors file to start from.'),
  devices: z
    .string()
    .max(100)
    .optional()
    .describe('GPUs that divide every step, such as "0,1"; left out: one that is free.'),
  new_head: z.boolean().default(false).describe('Train a new last layer.'),
  name: z.string().max(200).optional(),
  group: z.string().max(200).optional(),
});

type Library = HostParts['library'];

export interface WriteParts {
  readonly library: Library;
  /** Opens the queue at the first call. */
  readonly services: () => AppServices;
  readonly specsOf: SpecsOf;
}

export function writeTools(parts: WriteParts): Tool[] {
  return [
    startTraining(parts),
    changeRuns(parts, 'pause', {
      title: 'Pause runs',
      description: 'Each saves a checkpoint and lets go of the device; resume_runs goes on.',
    }),
    changeRuns(parts, 'stop', {
      title: 'Stop runs',
      description: 'Each saves a checkpoint and ends; it can still be resumed.',
    }),
    changeRuns(parts, 'resume', {
      title: 'Resume runs',
      description: 'Goes on from the last checkpoint, bit by bit the same.',
    }),
  ];
}

function startTraining({ library, services, specsOf }: WriteParts): Tool {
  return tool({
    name: 'start_training',
    title: 'Start a training',
    description:
      'Queues a run for each seed and returns at once with their ids; wait_for_run follows one. Trains in this server, which checkpoints what is not finished when it is closed; resume_runs goes on.',
    input: Training,
    writes: true,
    work: async (input, signal) => {
      const specs = specsOf(requestOf(input));
      const [first, ...others] = specs;
      if (first === undefined) throw inputError('no-seeds', 'Name at least one seed.');
      const { seed, ...spec } = first;
      const seeds = [seed, ...others.map((other) => other.seed)];
      const request = { spec, seeds, withPlainTwin: false };
      const { ids } = await services().handlers['runs.start'](request, callContext(signal));
      return { runs: statesOf(library, ids) };
    },
  });
}

function changeRuns(
  { library, services }: WriteParts,
  action: 'pause' | 'stop' | 'resume',
  words: { readonly title: string; readonly description: string },
): Tool {
  return tool({
    ...{ name: `${action}_runs`, ...words, input: Runs, writes: true },
    work: async ({ runs }, signal) => {
      const ids = runs.map((reference) => library.runs.get(reference).id);
      const { failed } = await services().handlers[`runs.${action}`]({ ids }, callContext(signal));
      return { runs: statesOf(library, ids), failed };
    },
  });
}

function statesOf(library: Library, ids: readonly string[]) {
  return ids.map((id) => ({ id, status: library.runs.get(id).status }));
}

function requestOf(input: z.output<typeof Training>): TrainingRequest {
  const { architecture, seeds, new_head, epochs, steps, batch, ...rest } = input;
  const text = (value: number | undefined): string | undefined =>
    value === undefined ? undefined : String(value);
  return defined({
    ...rest,
    ...{ arch: architecture, seed: seeds.join(','), newHead: new_head },
    ...{ epochs: text(epochs), steps: text(steps), batch: text(batch) },
  });
}
