// Networks that train a part of their blocks in each step: stochastic depth, and exactly k of n.
import type { ArchitectureInput } from '../../../shared/spec/architecture.ts';
import { cifarInput, type ArchitectureEntry, type Citation } from '../architecture.ts';

const stochasticDepth = (where: string): Citation => ({
  paper: 'Huang, Sun, Liu, Sedra, Weinberger: Deep Networks with Stochastic Depth (2016)',
  arxiv: '1603.09382',
  where,
});

function sampledNet(
  depth: number,
  labels: Pick<ArchitectureEntry, 'name' | 'title' | 'citation'>,
  sampling: NonNullable<ArchitectureInput['sampling']>,
): ArchitectureEntry {
  const blocks = (depth - 2) / 6;
  return {
    ...labels,
    family: 'sampled',
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
      shortcut: 'A',
      sampling,
    },
  };
}

const linear = (depth: number, where: string): ArchitectureEntry =>
  sampledNet(
    depth,
    {
      name: `resnet${depth}-sd`,
      title: `ResNet-${depth}, stochastic depth`,
      citation: stochasticDepth(where),
    },
    { kind: 'stochastic-depth', rule: 'linear', survival: 0.5 },
  );

export const sampledResnets: readonly ArchitectureEntry[] = [
  linear(56, 'section 3'),
  linear(110, 'table 1'),
  linear(1202, 'section 4'),
  sampledNet(
    110,
    {
      name: 'resnet110-sd-uniform',
      title: 'ResNet-110, uniform stochastic depth',
      citation: stochasticDepth('section 5, figure 8'),
    },
    { kind: 'stochastic-depth', rule: 'uniform', survival: 0.5 },
  ),
  sampledNet(
    110,
    {
      name: 'resnet110-effective',
      title: 'ResNet-110, effective paths',
      citation: {
        paper: 'Veit, Wilber, Belongie: Residual Networks Behave Like Ensembles (2016)',
        arxiv: '1605.06431',
        where: 'section 4.3: 23 of 54 blocks',
      },
    },
    { kind: 'exactly', blocks: 23 },
  ),
];
