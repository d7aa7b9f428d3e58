// ResNet-110 and -164 for CIFAR in the activation orders of He et al. 2016, figure 4 and table 2. Full
// pre-activation, (e), has names of its own: `preresnet110`, `preresnet164`.
import type { BlockSpec } from '../../../shared/spec/architecture.ts';
import { cifarInput, type ArchitectureEntry } from '../architecture.ts';

/** What is put behind a name: `resnet110-relu-only`. */
export const orderBySuffix = {
  'bn-after': 'bn-after-addition',
  'relu-before': 'relu-before-addition',
  'relu-only': 'relu-only-preactivation',
} as const satisfies Readonly<Record<string, BlockSpec['order']>>;

const titles: Readonly<Record<keyof typeof orderBySuffix, string>> = {
  'bn-after': 'BN after addition',
  'relu-before': 'ReLU before addition',
  'relu-only': 'ReLU-only pre-activation',
};

const suffixes = Object.keys(orderBySuffix) as (keyof typeof orderBySuffix)[];

/** 110 keeps basic blocks and option A; 164 are bottlenecks with projections where the shape changes. */
function orderedNet(depth: 110 | 164, suffix?: keyof typeof orderBySuffix): ArchitectureEntry {
  const kind = depth === 110 ? 'basic' : 'bottleneck';
  return {
    name: suffix === undefined ? `resnet${depth}` : `resnet${depth}-${suffix}`,
    title: `ResNet-${depth}${suffix === undefined ? '' : `, ${titles[suffix]}`}`,
    family: suffix === undefined ? 'residual' : 'activation order',
    citation: {
      paper: 'He, Zhang, Ren, Sun: Identity Mappings in Deep Residual Networks (2016)',
      arxiv: '1603.05027',
      where: 'figure 4, table 2',
    },
    input: cifarInput,
    classes: 10,
    spec: {
      stem: { kind: 'cifar', width: 16 },
      stages: [
        { blocks: 18, width: 16 },
        { blocks: 18, width: 32, stride: 2 },
        { blocks: 18, width: 64, stride: 2 },
      ],
      block: { kind, ...(suffix === undefined ? {} : { order: orderBySuffix[suffix] }) },
      shortcut: kind === 'basic' ? 'A' : 'B',
    },
  };
}

export const activationOrderResnets: readonly ArchitectureEntry[] = [
  ...suffixes.map((suffix) => orderedNet(110, suffix)),
  orderedNet(164),
  ...suffixes.map((suffix) => orderedNet(164, suffix)),
];
