// What else can happen on the way around a branch: the shortcuts of He et al. 2016, table 1, on
// ResNet-110, and highway networks (Srivastava et al. 2015), whose every layer has a learned gate.
import { cifarInput, type ArchitectureEntry, type Citation } from '../architecture.ts';

type Spec = ArchitectureEntry['spec'];

const identityMappings: Citation = {
  paper: 'He, Zhang, Ren, Sun: Identity Mappings in Deep Residual Networks (2016)',
  arxiv: '1603.05027',
  where: 'table 1',
};

function cifarStages(blocks: number): Spec['stages'] {
  return [
    { blocks, width: 16 },
    { blocks, width: 32, stride: 2 },
    { blocks, width: 64, stride: 2 },
  ];
}

function shortcutNet(suffix: string, title: string, changes: Partial<Spec>): ArchitectureEntry {
  return {
    name: `resnet110-${suffix}`,
    title: `ResNet-110, ${title}`,
    family: 'gated',
    citation: identityMappings,
    input: cifarInput,
    classes: 10,
    spec: {
      stem: { kind: 'cifar', width: 16 },
      stages: cifarStages(18),
      block: { kind: 'basic' },
      shortcut: 'A',
      ...changes,
    },
  };
}

/**
 * Depth 6n + 2 as the residual networks, but every 3×3 layer is a block of its own: 6n highway layers
 * between stem and classifier. H(x) is convolution, BN and ReLU; T(x) a 3×3 convolution and a sigmoid.
 */
function highway(depth: number): ArchitectureEntry {
  return {
    name: `highway${depth}`,
    title: `Highway-${depth}`,
    family: 'gated',
    citation: {
      paper: 'Srivastava, Greff, Schmidhuber: Highway Networks (2015)',
      arxiv: '1505.00387',
      where: 'sections 2 and 2.1; widths of the residual networks it is compared with',
    },
    input: cifarInput,
    classes: 10,
    spec: {
      stem: { kind: 'cifar', width: 16 },
      stages: cifarStages((depth - 2) / 3),
      block: { kind: 'single', order: 'relu-before-addition' },
      shortcut: 'A',
      merge: { kind: 'highway', bias: -2 },
    },
  };
}

export const gatedNets: readonly ArchitectureEntry[] = [
  ...[20, 32, 44, 56, 110].map(highway),
  shortcutNet('scaling', 'constant scaling', {
    merge: { kind: 'scaling', branch: 0.5, shortcut: 0.5 },
  }),
  shortcutNet('exclusive', 'exclusive gating', { merge: { kind: 'exclusive-gating', bias: -6 } }),
  shortcutNet('shortcut-gate', 'shortcut-only gating', {
    merge: { kind: 'shortcut-gating', bias: -6 },
  }),
  shortcutNet('conv', '1×1 convolution shortcuts', { shortcut: 'C' }),
  shortcutNet('dropout', 'dropout shortcuts', { merge: { kind: 'dropout', rate: 0.5 } }),
];
