// Networks small enough to compare number by number with PyTorch: one for each kind of block and
// shortcut, and miniatures that keep the shape of an ImageNet network (stem, four stages).
import type { ArchitectureEntry } from '../architecture.ts';

type Spec = ArchitectureEntry['spec'];

const cifarStages: Spec['stages'] = [
  { blocks: 1, width: 4 },
  { blocks: 2, width: 8, stride: 2 },
  { blocks: 1, width: 12, stride: 2 },
];
const bottleneckStages: Spec['stages'] = [
  { blocks: 1, width: 4 },
  { blocks: 2, width: 6, stride: 2 },
];

function cifarMini(suffix: string, spec: Pick<Spec, 'block' | 'shortcut'> & Partial<Spec>) {
  return mini(suffix, 12, { stem: { kind: 'cifar', width: 4 }, stages: cifarStages, ...spec });
}

function imagenetMini(suffix: string, stages: Spec['stages'], block: Spec['block']) {
  return mini(suffix, 32, { stem: { kind: 'imagenet', width: 4 }, stages, block, shortcut: 'B' });
}

function mini(suffix: string, side: number, spec: Spec): ArchitectureEntry {
  return {
    name: `mini-${suffix}`,
    title: `Mini ${suffix}`,
    family: 'mini',
    citation: {
      paper: 'Not published: a small network for tests',
      arxiv: '1512.03385',
      where: 'structure only',
    },
    input: { height: side, width: side, channels: 3 },
    classes: 5,
    spec,
  };
}

const fourBottlenecks: Spec['stages'] = [
  { blocks: 2, width: 2 },
  { blocks: 1, width: 4, stride: 2 },
  { blocks: 1, width: 4, stride: 2 },
  { blocks: 1, width: 6, stride: 2 },
];
const wideBlock: Spec['block'] = { kind: 'basic', order: 'full-preactivation' };

export const miniNets: readonly ArchitectureEntry[] = [
  cifarMini('plain', { block: { kind: 'basic' }, shortcut: 'none' }),
  cifarMini('basic-a', { block: { kind: 'basic' }, shortcut: 'A' }),
  cifarMini('basic-b', { block: { kind: 'basic' }, shortcut: 'B' }),
  cifarMini('basic-c', { block: { kind: 'basic' }, shortcut: 'C' }),
  cifarMini('bottleneck', {
    stages: bottleneckStages,
    block: { kind: 'bottleneck' },
    shortcut: 'B',
  }),
  cifarMini('preact', { block: { kind: 'basic', order: 'full-preactivation' }, shortcut: 'A' }),
  cifarMini('preact-bottleneck', {
    stages: bottleneckStages,
    block: { kind: 'bottleneck', order: 'full-preactivation' },
    shortcut: 'B',
  }),
  cifarMini('wide', { widthMultiplier: 1.5, block: wideBlock, shortcut: 'B' }),
  cifarMini('wide-dropout', {
    widthMultiplier: 1.5,
    block: { ...wideBlock, dropout: 0.3 },
    shortcut: 'B',
  }),
  cifarMini('grouped', {
    stages: bottleneckStages,
    block: { kind: 'bottleneck', groups: 2, baseWidth: 32 },
    shortcut: 'B',
  }),
  imagenetMini(
    'resnet18',
    [
      { blocks: 2, width: 4 },
      { blocks: 2, width: 6, stride: 2 },
      { blocks: 2, width: 8, stride: 2 },
      { blocks: 2, width: 10, stride: 2 },
    ],
    { kind: 'basic' },
  ),
  imagenetMini('resnet50', fourBottlenecks, { kind: 'bottleneck' }),
  imagenetMini('wide-resnet50-2', fourBottlenecks, { kind: 'bottleneck', baseWidth: 128 }),
  imagenetMini('resnext50', fourBottlenecks, { kind: 'bottleneck', groups: 4, baseWidth: 32 }),
];
