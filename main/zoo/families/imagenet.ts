// ImageNet networks as torchvision defines them: shortcut B, a bottleneck's stride in its 3×3, wide
// and aggregated (ResNeXt) variants through groups and base width.
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

export const imagenetResnets: readonly ArchitectureEntry[] = [
  imagenetNet(resnet(18), [2, 2, 2, 2], { kind: 'basic' }),
  imagenetNet(resnet(34), [3, 4, 6, 3], { kind: 'basic' }),
  imagenetNet(resnet(50), [3, 4, 6, 3], { kind: 'bottleneck' }),
  imagenetNet(resnet(101), [3, 4, 23, 3], { kind: 'bottleneck' }),
  imagenetNet(resnet(152), [3, 8, 36, 3], { kind: 'bottleneck' }),
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
