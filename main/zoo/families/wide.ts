// Wide residual networks for CIFAR (Zagoruyko & Komodakis 2016, table 1): WRN-d-k has d = 6n + 4
// convolutions, of which three are projections, so the main path is 6n + 2 layers deep (with the
// classifier); stages are k times as wide, the stem is not. Dropout is a setting, 0 here.
import { cifarInput, type ArchitectureEntry } from '../architecture.ts';

function wideNet(depth: number, widthMultiplier: number): ArchitectureEntry {
  const blocks = (depth - 4) / 6;
  return {
    name: `wrn-${depth}-${widthMultiplier}`,
    title: `WRN-${depth}-${widthMultiplier}`,
    family: 'wide',
    citation: {
      paper: 'Zagoruyko, Komodakis: Wide Residual Networks (2016)',
      arxiv: '1605.07146',
      where: 'table 4',
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
      widthMultiplier,
      block: { kind: 'basic', order: 'full-preactivation' },
      shortcut: 'B',
    },
  };
}

export const wideResnets: readonly ArchitectureEntry[] = [
  wideNet(16, 8),
  wideNet(22, 8),
  wideNet(28, 10),
  wideNet(40, 4),
];
