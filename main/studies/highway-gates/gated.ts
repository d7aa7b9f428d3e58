// Which networks have learned gates. Pure.
import type { ArchitectureSpec } from '../../../shared/spec/architecture.ts';
import type { BlockPlan, NetworkPlan } from '../../zoo/plan.ts';

const GATINGS: readonly string[] = ['highway', 'exclusive-gating', 'shortcut-gating'];

export function hasGates({ merge, shortcut }: ArchitectureSpec): boolean {
  return shortcut !== 'none' && GATINGS.includes(merge?.kind ?? 'add');
}

export interface GatedBlock {
  readonly name: string;
  readonly gating: 'exclusive' | 'shortcut';
  readonly channels: number;
  /** The parameter, and where all of it begins. */
  readonly bias: { readonly name: string; readonly start: number };
}

export function gatedBlocks({ blocks }: NetworkPlan): GatedBlock[] {
  return blocks.flatMap((block) => gatedBlock(block) ?? []);
}

function gatedBlock({ name, merge, shortcut, output }: BlockPlan): GatedBlock | undefined {
  if (shortcut.kind === 'none') return undefined;
  if (merge.kind !== 'exclusive-gating' && merge.kind !== 'shortcut-gating') return undefined;
  const [convolution] = merge.layers;
  if (convolution?.op !== 'conv' || convolution.bias === undefined) {
    throw new Error(`The gate of ${name} does not begin with a convolution with a bias.`);
  }
  return {
    name,
    gating: merge.kind === 'exclusive-gating' ? 'exclusive' : 'shortcut',
    channels: output.channels,
    bias: { name: `${convolution.name}.bias`, start: convolution.bias },
  };
}
