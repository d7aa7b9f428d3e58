// ImageNet networks as torchvision and timm define them: shortcut B, a bottleneck's stride in its 3×3;
// wide and aggregated (ResNeXt) variants through groups and base width, pre-activated ones, and the
// options people expect (squeeze-and-excitation, ResNet-D, group norm, dilation).
import { imagenetInput, type ArchitectureEntry, type Citation } from '../architecture.ts';

const residual: Citation = {
  paper: 'He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition (2015)',
  arxiv: '1512.03385',
  where: 'table 1',
};
const wide: Citation = {
  paper: 'Zagoruyko, Komodakis: Wide Residual Networks (2016)',
  arxiv: '1605.07146',
  where: 'ImageNet experiments; torchvision',
};
const aggregated: Citation = {
  paper: 'Xie, Girshick, Dollár, Tu, He: Aggregated Residual Transformations (2016)',
  arxiv: '1611.05431',
  where: 'table 1; torchvision',
};

type Block = ArchitectureEntry['spec']['block'];
type Labels = Pick<ArchitectureEntry, 'name' | 'title' | 'family' | 'citation'>;

function imagenetNet(
  labels: Labels,
  blocks: readonly [number, number, number, number],
  block: Block,
  changes: Partial<ArchitectureEntry['spec']> = {},
): ArchitectureEntry {
  return {
    ...labels,
    input: imagenetInput,
    classes: 1000,
    spec: {
      stem: { kind: 'imagenet', width: 64 },
      stages: [
        { blocks: blocks[0], width: 64 },
        { blocks: blocks[1], width: 128, stride: 2 },
        { blocks: blocks[2], width: 256, stride: 2 },
        { blocks: blocks[3], width: 512, stride: 2 },
      ],
      block,
      shortcut: 'B',
      ...changes,
    },
  };
}

function resnet(depth: number): Labels {
  return {
    name: `resnet${depth}`,
    title: `ResNet-${depth}`,
    family: 'imagenet',
    citation: residual,
  };
}

/** He et al. 2015, table 1. */
const depths: readonly {
  readonly depth: number;
  readonly blocks: readonly [number, number, number, number];
  readonly block: Block;
}[] = [
  { depth: 18, blocks: [2, 2, 2, 2], block: { kind: 'basic' } },
  { depth: 34, blocks: [3, 4, 6, 3], block: { kind: 'basic' } },
  { depth: 50, blocks: [3, 4, 6, 3], block: { kind: 'bottleneck' } },
  { depth: 101, blocks: [3, 4, 23, 3], block: { kind: 'bottleneck' } },
  { depth: 152, blocks: [3, 8, 36, 3], block: { kind: 'bottleneck' } },
];

/** Every depth with one thing changed. */
function everyDepth(
  labels: (depth: number) => Labels,
  change: (block: Block) => Block,
  changes: Partial<ArchitectureEntry['spec']> = {},
): ArchitectureEntry[] {
  return depths.map(({ depth, blocks, block }) =>
    imagenetNet(labels(depth), blocks, change(block), changes),
  );
}

const same = (block: Block): Block => block;

/** fb.resnet.torch's `preact`: the first block's input is activated by the stem. */
const preactivated = everyDepth(
  (depth) => ({
    name: `preresnet${depth}`,
    title: `Pre-activation ResNet-${depth}`,
    family: 'pre-activation',
    citation: {
      paper: 'He, Zhang, Ren, Sun: Identity Mappings in Deep Residual Networks (2016)',
      arxiv: '1603.05027',
      where: 'section 4, ImageNet',
    },
  }),
  (block) => ({ ...block, order: 'full-preactivation' }),
);

const excited = everyDepth(
  (depth) => ({
    name: `se-resnet${depth}`,
    title: `SE-ResNet-${depth}`,
    family: 'squeeze-excitation',
    citation: {
      paper: 'Hu, Shen, Albanie, Sun, Wu: Squeeze-and-Excitation Networks (2017)',
      arxiv: '1709.01507',
      where: 'table 2; timm',
    },
  }),
  (block) => ({ ...block, squeezeExcitation: 16 }),
);

const tweaked = everyDepth(
  (depth) => ({
    name: `resnet${depth}-d`,
    title: `ResNet-${depth}-D`,
    family: 'imagenet',
    citation: {
      paper: 'He, Zhang, Zhang, Zhang, Xie, Li: Bag of Tricks for Image Classification (2018)',
      arxiv: '1812.01187',
      where: 'figure 2; timm',
    },
  }),
  same,
  { stem: { kind: 'imagenet-d', width: 64 }, shortcut: 'D' },
);

const groupNormalized = everyDepth(
  (depth) => ({
    name: `resnet${depth}-gn`,
    title: `ResNet-${depth}, group norm`,
    family: 'imagenet',
    citation: {
      paper: 'Wu, He: Group Normalization (2018)',
      arxiv: '1803.08494',
      where: 'section 4.1, 32 groups',
    },
  }),
  same,
  { groupNorm: 32 },
);

/** torchvision's `replace_stride_with_dilation = [False, True, True]`: an eighth of the image's side. */
const dilatedStages: ArchitectureEntry['spec']['stages'] = [
  { blocks: 3, width: 64 },
  { blocks: 4, width: 128, stride: 2 },
  { blocks: 6, width: 256, dilation: 2 },
  { blocks: 3, width: 512, dilation: 4 },
];

export const imagenetResnets: readonly ArchitectureEntry[] = [
  ...everyDepth(resnet, same),
  ...preactivated,
  ...excited,
  ...tweaked,
  ...groupNormalized,
  imagenetNet(
    {
      name: 'resnet50-dilated',
      title: 'ResNet-50, dilated',
      family: 'imagenet',
      citation: {
        paper: 'Yu, Koltun, Funkhouser: Dilated Residual Networks (2017)',
        arxiv: '1705.09914',
        where: 'section 2; torchvision',
      },
    },
    [3, 4, 6, 3],
    { kind: 'bottleneck' },
    { stages: dilatedStages },
  ),
  imagenetNet(
    { name: 'wide_resnet50_2', title: 'Wide ResNet-50-2', family: 'wide', citation: wide },
    [3, 4, 6, 3],
    { kind: 'bottleneck', baseWidth: 128 },
  ),
  imagenetNet(
    { name: 'wide_resnet101_2', title: 'Wide ResNet-101-2', family: 'wide', citation: wide },
    [3, 4, 23, 3],
    { kind: 'bottleneck', baseWidth: 128 },
  ),
  imagenetNet(
    {
      name: 'resnext50_32x4d',
      title: 'ResNeXt-50 32×4d',
      family: 'aggregated',
      citation: aggregated,
    },
    [3, 4, 6, 3],
    { kind: 'bottleneck', groups: 32, baseWidth: 4 },
  ),
  imagenetNet(
    {
      name: 'resnext101_32x8d',
      title: 'ResNeXt-101 32×8d',
      family: 'aggregated',
      citation: aggregated,
    },
    [3, 4, 23, 3],
    { kind: 'bottleneck', groups: 32, baseWidth: 8 },
  ),
];
