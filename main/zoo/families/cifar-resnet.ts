// Plain and residual networks for CIFAR (He et al. 2015, section 4.2): depth 6n + 2, widths 16, 32
// and 64, parameter-free shortcuts (option A), so that both have exactly the same parameters.
import { cifarInput, type ArchitectureEntry } from '../architecture.ts';

const paper = {
  paper: 'He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition (2015)',
  arxiv: '1512.03385',
};

function cifarNet(kind: 'plain' | 'residual', depth: number): ArchitectureEntry {
  const blocks = (depth - 2) / 6;
  const plain = kind === 'plain';
  return {
    name: plain ? `plain${depth}` : `resnet${depth}`,
    title: plain ? `Plain-${depth}` : `ResNet-${depth}`,
    family: kind,
    citation: { ...paper, where: plain ? 'figure 6, left' : 'table 6' },
    input: cifarInput,
    classes: 10,
    spec: {
      stem: { kind: 'cifar', width: 16 },
      stages: [
        { blocks, width: 16 },
        { blocks, width: 32, stride: 2 },
        { blocks, width: 64, stride: 2 },
      ],
      block: { kind: 'basic' },
      shortcut: plain ? 'none' : 'A',
    },
  };
}

export const cifarResnets: readonly ArchitectureEntry[] = [
  ...[20, 32, 44, 56, 110].map((depth) => cifarNet('plain', depth)),
  ...[20, 32, 44, 56, 110, 1202].map((depth) => cifarNet('residual', depth)),
];
