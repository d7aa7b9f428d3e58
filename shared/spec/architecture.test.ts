import { expect, test } from 'vitest';
import { ArchitectureSpec } from './architecture.ts';

test('fields with defaults may be left out of a file', () => {
  const spec = ArchitectureSpec.parse({
    stem: { kind: 'cifar', width: 16 },
    stages: [{ blocks: 1, width: 16 }],
    block: { kind: 'basic' },
    shortcut: 'A',
  });
  expect(spec).toEqual({
    format: 1,
    name: 'custom',
    stem: { kind: 'cifar', width: 16 },
    stages: [{ blocks: 1, width: 16, stride: 1 }],
    widthMultiplier: 1,
    block: {
      kind: 'basic',
      order: 'original',
      expansion: 4,
      groups: 1,
      baseWidth: 64,
      dropout: 0,
    },
    shortcut: 'A',
    zeroInitLastScale: false,
  });
  expect(ArchitectureSpec.parse(spec)).toEqual(spec);
});
