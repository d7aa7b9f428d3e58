// Checkpoints of a run: all that a later process needs to go on as if nothing had happened. Random
// state and data order are functions of seed and step, so the step number stands for both.
import { z } from 'zod';
import { join } from 'node:path';
import { inputError } from '../../shared/errors.ts';
import { RunSpec } from '../../shared/spec/run.ts';
import type { CheckpointFacts } from '../../shared/contract/trainer.ts';
import type { Network } from '../engine/network/network.ts';
import type { Weight } from '../zoo/parameters.ts';
import { readWeightFile, writeWeightFile, type LoadedWeights } from './weight-file.ts';

const METADATA_KEY = 'resnet-lab';

/** What a checkpoint knows besides tensors. */
export const CheckpointState = z.object({
  format: z.literal(1),
  /** Steps done; the next one has this number. */
  step: z.int(),
  totalSteps: z.int(),
  elapsedMs: z.number(),
  best: z.object({ accuracy: z.number(), step: z.int() }).nullable(),
  spec: RunSpec,
  input: z.object({ height: z.int(), width: z.int(), channels: z.int() }),
  classes: z.array(z.string()),
  dataFingerprint: z.string(),
  normalization: z.object({ mean: z.array(z.number()), deviation: z.array(z.number()) }),
});

export type CheckpointState = z.output<typeof CheckpointState>;

export type CheckpointRole = CheckpointFacts['role'];

export function checkpointFile(runFolder: string, role: CheckpointRole): string {
  return join(runFolder, `${role}.safetensors`);
}

/** `last` holds weights and optimizer slots; `best` holds weights alone and cannot be resumed. */
export async function writeCheckpoint(
  runFolder: string,
  role: CheckpointRole,
  content: { network: Network; state: CheckpointState },
): Promise<CheckpointFacts> {
  const { network, state } = content;
  const written = await writeWeightFile(checkpointFile(runFolder, role), {
    weights: network.weights,
    values: network.readWeights(),
    ...(role === 'last' ? { slots: network.readSlots() } : {}),
    metadata: { format: 'pt', [METADATA_KEY]: JSON.stringify(state) },
  });
  return { role, step: state.step, ...written };
}

/** Reads a checkpoint of the network whose weights are given. */
export async function readCheckpoint(
  file: string,
  weights: readonly Weight[],
): Promise<LoadedWeights & { state: CheckpointState }> {
  const loaded = await readWeightFile(file, weights);
  return { ...loaded, state: parseState(file, loaded.metadata) };
}

export function parseState(
  file: string,
  metadata: Readonly<Record<string, string>>,
): CheckpointState {
  const text = metadata[METADATA_KEY];
  if (text === undefined) {
    throw inputError(
      'not-a-checkpoint',
      `${file} holds weights but no training state, so a run cannot go on from it; start a new run with --weights instead.`,
      { path: file },
    );
  }
  return CheckpointState.parse(JSON.parse(text));
}
