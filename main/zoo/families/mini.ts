// Networks small enough to compare number by number with PyTorch: one for each kind of block and
// shortcut, and miniatures that keep the shape of an ImageNet network (stem, four stages).
import type { ArchitectureEntry } from '../architecture.ts';
import { orderBySuffix } from './activation-orders.ts';

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

/** For what came after the first kinds: just deep enough for a first, a strided and a plain block. */
const tinyStages: Spec['stages'] = [
  { blocks: 1, width: 4 },
  { blocks: 2, width: 6, stride: 2 },
];

function tiny(suffix: string, spec: Partial<Spec>) {
  const block: Spec['block'] = { kind: 'basic' };
  return cifarMini(suffix, { stages: tinyStages, block, shortcut: 'B', ...spec });
}

const laterOrders = (['bn-after', 'relu-before', 'relu-only'] as const).flatMap((suffix) => {
  const order = orderBySuffix[suffix];
  return [
    tiny(suffix, { block: { kind: 'basic', order } }),
    tiny(`bottleneck-${suffix}`, { block: { kind: 'bottleneck', order } }),
  ];
});

const laterNets: readonly ArchitectureEntry[] = [
  ...laterOrders,
  tiny('scaling', { merge: { kind: 'scaling', branch: 0.5, shortcut: 0.75 } }),
  tiny('exclusive', { merge: { kind: 'exclusive-gating', bias: -1 } }),
  tiny('shortcut-gate', { merge: { kind: 'shortcut-gating', bias: -1 } }),
  tiny('shortcut-dropout', { merge: { kind: 'dropout', rate: 0.4 } }),
  tiny('highway', {
    block: { kind: 'single', order: 'relu-before-addition' },
    shortcut: 'A',
    merge: { kind: 'highway', bias: -1 },
  }),
  tiny('sd', { shortcut: 'A', sampling: { kind: 'stochastic-depth', rule: 'linear' } }),
  tiny('sd-uniform', {
    block: { kind: 'basic', order: 'full-preactivation' },
    sampling: { kind: 'stochastic-depth', rule: 'uniform', survival: 0.6 },
  }),
  tiny('effective', { shortcut: 'A', sampling: { kind: 'exactly', blocks: 2 } }),
  tiny('dilated', {
    stages: [
      { blocks: 1, width: 4 },
      { blocks: 2, width: 6, dilation: 2 },
    ],
  }),
  tiny('wide38', { block: wideBlock, stages: wide38Stages('strided') }),
  tiny('wide38-dilated', { block: wideBlock, stages: wide38Stages('dilated') }),
  tiny('se', { block: { kind: 'bottleneck', squeezeExcitation: 2 } }),
  tiny('gn', { groupNorm: 2 }),
  mini('resnet50-d', 32, {
    stem: { kind: 'imagenet-d', width: 4 },
    stages: fourBottlenecks,
    block: { kind: 'bottleneck' },
    shortcut: 'D',
  }),
];

/** The last three stages of Wu et al.'s model A, in little. */
function wide38Stages(form: 'strided' | 'dilated'): Spec['stages'] {
  const shrink = form === 'strided' ? { stride: 2 } : {};
  return [
    { blocks: 2, width: 4 },
    { blocks: 1, width: 6, widths: [4, 6], ...shrink, ...(shrink.stride ? {} : { dilation: 2 }) },
    { blocks: 1, width: 8, widths: [2, 4, 8], ...(shrink.stride ? {} : { dilation: 4 }) },
  ];
}

const firstNets: readonly ArchitectureEntry[] = [
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

export const miniNets: readonly ArchitectureEntry[] = [...firstNets, ...laterNets];
