// A block's shortcut, and how it meets the branch: He et al. 2015, section 4.1; He et al. 2016, table 1.
import { inputError } from '../../shared/errors.ts';
import type { ArchitectureSpec } from '../../shared/spec/architecture.ts';
import { orderOf } from './activation-order.ts';
import type { BlockPosition } from './build-block.ts';
import { LayerChain } from './layer-chain.ts';
import type { DropoutLayer, MapShape, Merge, PathStart, Shortcut } from './plan.ts';

export function shortcutFor(spec: ArchitectureSpec, at: BlockPosition, output: MapShape): Shortcut {
  const changesShape = at.stride !== 1 || at.input.channels !== output.channels;
  switch (spec.shortcut) {
    case 'none':
      return { kind: 'none' };
    case 'A': {
      if (!changesShape) return { kind: 'identity' };
      const extraChannels = output.channels - at.input.channels;
      if (extraChannels < 0) {
        throw inputError(
          'bad-shortcut',
          `Shortcut A can only add channels, but ${at.name} goes from ${at.input.channels} to ${output.channels}; use shortcut B or widen the stage.`,
          { path: `stages.${at.stage}.width` },
        );
      }
      return { kind: 'pad', stride: at.stride, extraChannels };
    }
    case 'B':
      return changesShape ? projection(spec, at, output) : { kind: 'identity' };
    case 'C':
      return projection(spec, at, output);
    case 'D':
      return changesShape ? averagedProjection(spec, at, output) : { kind: 'identity' };
  }
}

function projection(spec: ArchitectureSpec, at: BlockPosition, output: MapShape): Shortcut {
  const chain = new LayerChain(at.input);
  const { stride } = at;
  chain.conv(`${at.name}.downsample.0`, { channels: output.channels, kernel: 1, stride });
  normalizeLikeBranch(spec, chain, `${at.name}.downsample.1`);
  return { kind: 'projection', from: pathStart(spec), layers: chain.layers };
}

/** timm's numbering: place 0 is the pooling's, also where there is none. */
function averagedProjection(spec: ArchitectureSpec, at: BlockPosition, output: MapShape): Shortcut {
  if (at.stride > 2) {
    throw inputError(
      'bad-shortcut',
      `Shortcut D averages 2×2 pixels, but ${at.name} has stride ${at.stride}; use stride 1 or 2, or shortcut B.`,
      { path: `stages.${at.stage}.stride` },
    );
  }
  const chain = new LayerChain(at.input);
  if (at.stride === 2) chain.averagePool();
  chain.conv(`${at.name}.downsample.1`, { channels: output.channels, kernel: 1 });
  normalizeLikeBranch(spec, chain, `${at.name}.downsample.2`);
  return { kind: 'projection', from: pathStart(spec), layers: chain.layers };
}

/** A projection is normalized where its branch is: what is added then has the same scale. */
function normalizeLikeBranch(spec: ArchitectureSpec, chain: LayerChain, name: string): void {
  if (orderOf(spec.block).end.includes('norm')) {
    chain.norm(name, { groups: spec.groupNorm ?? undefined });
  }
}

function pathStart(spec: ArchitectureSpec): PathStart {
  return orderOf(spec.block).ahead.length > 0 ? 'activated' : 'input';
}

export function mergeFor(spec: ArchitectureSpec, at: BlockPosition, output: MapShape): Merge {
  const { merge } = spec;
  switch (merge?.kind) {
    case undefined:
    case 'add':
      return { kind: 'add' };
    case 'scaling':
      return { kind: 'scaling', branch: merge.branch, shortcut: merge.shortcut };
    case 'exclusive-gating':
    case 'shortcut-gating':
      return { kind: merge.kind, ...gate(spec, at, { output, kernel: 1, bias: merge.bias }) };
    case 'highway':
      return {
        kind: 'exclusive-gating',
        ...gate(spec, at, { output, kernel: 3, bias: merge.bias }),
      };
    case 'dropout': {
      const name = `${at.name}.shortcut-dropout`;
      const layer: DropoutLayer = {
        op: 'dropout',
        name,
        rate: merge.rate,
        input: output,
        output,
      };
      return { kind: 'dropout', layer };
    }
  }
}

/** g(x) = σ(W x + b), of the branch's output shape. */
function gate(
  spec: ArchitectureSpec,
  at: BlockPosition,
  options: { readonly output: MapShape; readonly kernel: number; readonly bias: number },
): { from: PathStart; layers: LayerChain['layers'] } {
  const { kernel, bias } = options;
  const { channels } = options.output;
  const dilation = kernel === 1 ? 1 : at.firstDilation;
  const chain = new LayerChain(at.input)
    .conv(`${at.name}.gate`, { channels, kernel, stride: at.stride, dilation, bias })
    .sigmoid();
  return { from: pathStart(spec), layers: chain.layers };
}
