// Architectures: what is registered, and what a spec costs.
import { z } from 'zod';
import { query } from '../../rpc/definition.ts';
import { ArchitectureSpec } from '../../spec/architecture.ts';
import { ImageShape, Nothing } from './common.ts';

export const ArchitectureEntry = z.object({
  name: z.string(),
  title: z.string(),
  family: z.string(),
  citation: z.string(),
  input: ImageShape,
  classes: z.int(),
  depth: z.int(),
  parameters: z.number(),
  macs: z.number(),
  spec: ArchitectureSpec,
});

const Totals = z.object({
  parameters: z.number(),
  statistics: z.number(),
  macs: z.number(),
  activationBytesPerExample: z.number(),
  receptiveField: z.number(),
});

export const BlockOutline = z.object({
  name: z.string(),
  stage: z.int(),
  gate: z.int(),
  input: ImageShape,
  output: ImageShape,
  /** `1×1 64 → 3×3 64 → 1×1 256`. */
  branch: z.string(),
  shortcut: z.enum(['none', 'identity', 'pad', 'projection']),
  /** How branch and shortcut meet. */
  merge: z.enum(['add', 'scaling', 'exclusive-gating', 'shortcut-gating', 'dropout']),
  /** How often the block takes part in a training step, 1 for always. */
  survival: z.number(),
  parameters: z.number(),
  macs: z.number(),
});

export const NetworkOutline = Totals.extend({
  depth: z.int(),
  stages: z.array(Totals.extend({ name: z.string(), blocks: z.int(), output: ImageShape })),
  blocks: z.array(BlockOutline),
  /** Stem, blocks, head: the columns of the heat map. */
  units: z.array(z.string()),
  convolutions: z.array(z.string()),
});

export const zoo = {
  'zoo.list': query(Nothing, z.object({ architectures: z.array(ArchitectureEntry) })),
  /** Fails with the sentence and path of what is wrong with the spec. */
  'zoo.outline': query(
    z.object({ spec: z.unknown(), input: ImageShape, classes: z.int() }),
    z.object({ spec: ArchitectureSpec, outline: NetworkOutline }),
  ),
} as const;

export type ArchitectureEntry = z.output<typeof ArchitectureEntry>;
export type BlockOutline = z.output<typeof BlockOutline>;
export type NetworkOutline = z.output<typeof NetworkOutline>;
