// The smallest run that shows everything: four blocks, tiny images, a fraction of a second per epoch.

export interface SmallRun {
  readonly name: string;
  readonly steps: number;
  readonly source?: string;
  readonly shortcut?: 'A' | 'none';
  readonly withPlainTwin?: boolean;
  readonly diagnosticsEvery?: number;
}

export function smallRun({
  name,
  steps,
  source = 'builtin:shapes?train=320&val=80',
  shortcut = 'A',
  withPlainTwin = false,
  diagnosticsEvery = 5,
}: SmallRun): object {
  return {
    format: 1,
    name,
    architecture: {
      name: 'four blocks',
      stem: { kind: 'cifar', width: 4 },
      stages: [
        { blocks: 1, width: 4 },
        { blocks: 2, width: 8, stride: 2 },
        { blocks: 1, width: 12, stride: 2 },
      ],
      block: { kind: 'basic' },
      shortcut,
    },
    data: { source },
    recipe: {
      batch: 32,
      length: { kind: 'steps', steps },
      schedule: { kind: 'cosine', rate: 0.05 },
      diagnosticsEvery,
    },
    seeds: [0],
    withPlainTwin,
  };
}
