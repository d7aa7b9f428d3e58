// Full pre-activation networks for CIFAR (He et al. 2016). Up to ResNet-110
// basic blocks and option A (depth 6n + 2); 164 and 1001 are bottlenecks with projections where the
// shape changes (9n + 2). Those for ImageNet are in imagenet.ts.
import { cifarInput, type ArchitectureEntry } from '../architecture.ts';

function where(depth: number): string {
  if (depth === 110) return 'table 2';
  return depth < 110 ? 'structure only; the depths of the paper before it' : 'table 3';
}

function preactivationNet(
  depth: number,
  blocks: number,
  kind: 'basic' | 'bottleneck',
): ArchitectureEntry {
  return {
    name: `preresnet${depth}`,
    title: `Pre-activation ResNet-${depth}`,
    family: 'pre-activation',
    citation: {
      paper: 'He, Zhang, Ren, Sun: Identity Mappings in Deep Residual Networks (2016)',
      arxiv: '1603.05027',
      where: where(depth),
    },
    input: cifarInput,
    classes: 10,
    spec: {
      stem: { kind: 'cifar', width: 16 },
      stages: [
        { blocks, width: 16 },
        { blocks, width: 32, stride: 2 },
        { blocks, width: 64, stride: 2 },
      ],
      block: { kind, order: 'full-preactivation' },
      shortcut: kind === 'basic' ? 'A' : 'B',
    },
  };
}

export const preactivationResnets: readonly ArchitectureEntry[] = [
  ...[20, 32, 44, 56].map((depth) => preactivationNet(depth, (depth - 2) / 6, 'basic')),
  preactivationNet(110, 18, 'basic'),
  preactivationNet(164, 18, 'bottleneck'),
  preactivationNet(1001, 111, 'bottleneck'),
];
