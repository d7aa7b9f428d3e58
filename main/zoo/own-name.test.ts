import { expect, test } from 'vitest';
import { ArchitectureSpec } from '../../shared/spec/architecture.ts';
import { withOwnName } from './own-name.ts';
import { plainTwin } from './parse-architecture.ts';
import { getArchitecture, listArchitectures } from './registry.ts';

const resnet20 = getArchitecture('resnet20').spec;

function nameOf(changes: object, base: ArchitectureSpec = resnet20): string {
  return withOwnName(ArchitectureSpec.parse({ ...base, ...changes })).name;
}

test('A registered network keeps its name.', () => {
  for (const { spec, name } of listArchitectures()) expect(withOwnName(spec).name).toBe(name);
});

test.each([
  [{ widthMultiplier: 0.5 }, 'resnet20 · width ×0.5'],
  [{ widthMultiplier: 0.5, shortcut: 'B' }, 'resnet20 · width ×0.5, shortcut B'],
  [{ block: { ...resnet20.block, dropout: 0.3 } }, 'resnet20 · dropout 0.3'],
  [{ stem: { kind: 'imagenet', width: 16 } }, 'resnet20 · stem imagenet'],
  [{ groupNorm: 8 }, 'resnet20 · group norm 8'],
  [{ merge: { kind: 'dropout', rate: 0.2 } }, 'resnet20 · merge dropout 0.2'],
  [{ zeroInitLastScale: true }, 'resnet20 · zero-init on'],
  [
    { stages: resnet20.stages.map((stage) => ({ ...stage, blocks: 5 })) },
    'resnet20 · blocks 5-5-5',
  ],
  [{ stages: resnet20.stages.slice(0, 2) }, /^resnet20 · blocks 3-3, widths 16-32/],
])('%o names what was changed', (changes, name) => {
  const found = nameOf(changes);
  if (typeof name === 'string') expect(found).toBe(name);
  else expect(found).toMatch(name);
});

test('Changed again, or back, a network has the name of what it is now.', () => {
  const half = withOwnName({ ...resnet20, widthMultiplier: 0.5 });
  expect(withOwnName(half)).toEqual(half);
  expect(withOwnName({ ...half, shortcut: 'B' }).name).toBe('resnet20 · width ×0.5, shortcut B');
  expect(withOwnName({ ...half, widthMultiplier: 1 })).toEqual(resnet20);
});

test('A plain twin says so, beside its other changes.', () => {
  const twin = plainTwin({ ...resnet20, widthMultiplier: 0.5 });
  expect(withOwnName(twin).name).toBe('resnet20 (plain) · width ×0.5');
  expect(withOwnName(plainTwin(resnet20)).name).toBe('resnet20 (plain)');
});

test('Of many changes as many are named as fit.', () => {
  const name = nameOf({
    ...{ widthMultiplier: 0.5, shortcut: 'B', groupNorm: 8, zeroInitLastScale: true },
    block: { ...resnet20.block, dropout: 0.3, order: 'full-preactivation' },
    stages: resnet20.stages.map((stage) => ({ ...stage, blocks: 5 })),
  });
  expect(name.length).toBeLessThanOrEqual(80);
  expect(name).toMatch(/^resnet20 · width ×0.5, shortcut B, .* \d more$/);
});

test('A network of the user’s own keeps its name.', () => {
  expect(nameOf({ name: 'mine', shortcut: 'B' })).toBe('mine');
});
