import { expect, test } from 'vitest';
import { ArchitectureSpec, type ArchitectureInput } from '../../shared/spec/architecture.ts';
import { buildPlan } from './build-plan.ts';
import { unitNames, type BlockPlan, type Layer } from './plan.ts';
import { getArchitecture } from './registry.ts';

const input = { height: 8, width: 8, channels: 3 };

function planOf(changes: Partial<ArchitectureInput>) {
  const spec = ArchitectureSpec.parse({
    stem: { kind: 'cifar', width: 4 },
    stages: [
      { blocks: 2, width: 4 },
      { blocks: 1, width: 8, stride: 2 },
    ],
    block: { kind: 'basic' },
    shortcut: 'B',
    ...changes,
  });
  return buildPlan(spec, { input, classes: 2 });
}

/** `conv` with its window, other layers by name: `conv3/2 norm relu`. */
function written(layers: readonly Layer[]): string {
  return layers
    .map((layer) =>
      layer.op === 'conv'
        ? `conv${layer.kernel}${layer.stride > 1 ? `/${layer.stride}` : ''}`
        : layer.op,
    )
    .join(' ');
}

function shape(block: BlockPlan | undefined) {
  if (block === undefined) return undefined;
  const { before, branch, after, shortcut } = block;
  return [written(before), written(branch), shortcut.kind, written(after)];
}

test('an original basic block is conv-BN-ReLU-conv-BN, with ReLU after the addition', () => {
  const { blocks, head } = planOf({});
  expect(blocks.map(shape)).toEqual([
    ['', 'conv3 norm relu conv3 norm', 'identity', 'relu'],
    ['', 'conv3 norm relu conv3 norm', 'identity', 'relu'],
    ['', 'conv3/2 norm relu conv3 norm', 'projection', 'relu'],
  ]);
  expect(written(head.layers)).toBe('global-average-pool linear');
});

test('an original bottleneck strides in its 3×3 and projects with a batch norm', () => {
  const block = planOf({ block: { kind: 'bottleneck' } }).blocks[2];
  expect(shape(block)).toEqual([
    '',
    'conv1 norm relu conv3/2 norm relu conv1 norm',
    'projection',
    'relu',
  ]);
  expect(block?.shortcut).toMatchObject({ from: 'input', layers: [{ stride: 2 }, { op: 'norm' }] });
});

test('a pre-activated block starts with BN-ReLU, except the first, whose stem has them', () => {
  const plan = planOf({ block: { kind: 'basic', order: 'full-preactivation' } });
  expect(written(plan.stem.layers)).toBe('conv3 norm relu');
  expect(plan.blocks.map(shape)).toEqual([
    ['', 'conv3 norm relu conv3', 'identity', ''],
    ['norm relu', 'conv3 norm relu conv3', 'identity', ''],
    ['norm relu', 'conv3/2 norm relu conv3', 'projection', ''],
  ]);
  expect(plan.blocks[2]?.shortcut).toMatchObject({ from: 'activated', layers: [{ op: 'conv' }] });
  expect(written(plan.head.layers)).toBe('norm relu global-average-pool linear');
});

test('an ImageNet stem pools after its activation in both orders', () => {
  for (const order of ['original', 'full-preactivation'] as const) {
    const plan = planOf({ stem: { kind: 'imagenet', width: 4 }, block: { kind: 'basic', order } });
    expect(written(plan.stem.layers)).toBe('conv7/2 norm relu max-pool');
  }
});

test.each([
  ['none', ['none', 'none', 'none']],
  ['A', ['identity', 'identity', 'pad']],
  ['B', ['identity', 'identity', 'projection']],
  ['C', ['projection', 'projection', 'projection']],
] as const)('shortcut %s gives %j', (shortcut, kinds) => {
  expect(planOf({ shortcut }).blocks.map((block) => block.shortcut.kind)).toEqual(kinds);
});

test('option A takes every second pixel and appends the missing channels', () => {
  expect(planOf({ shortcut: 'A' }).blocks[2]?.shortcut).toEqual({
    kind: 'pad',
    stride: 2,
    extraChannels: 4,
  });
});

test('dropout stands before the last convolution', () => {
  const wide = planOf({ block: { kind: 'basic', order: 'full-preactivation', dropout: 0.3 } });
  expect(written(wide.blocks[1]?.branch ?? [])).toBe('conv3 norm relu dropout conv3');
});

test('only the last scale of each branch starts at zero', () => {
  const { blocks } = planOf({ zeroInitLastScale: true });
  const zeroed = blocks.flatMap(({ branch }) =>
    branch.flatMap((layer) => (layer.op === 'norm' && layer.zeroInit ? [layer.name] : [])),
  );
  expect(zeroed).toEqual(['layer1.0.bn2', 'layer1.1.bn2', 'layer2.0.bn2']);
});

test("a ResNeXt's grouped convolution is as wide as its groups times their width", () => {
  const architecture = getArchitecture('resnext50_32x4d');
  const [, , , conv] = buildPlan(architecture.spec, architecture).blocks[0]?.branch ?? [];
  expect(conv).toMatchObject({ op: 'conv', groups: 32, input: { channels: 128 } });
});

test('units are the stem, the blocks and the head, and gates count the blocks', () => {
  const plan = planOf({});
  expect(unitNames(plan)).toEqual(['stem', 'layer1.0', 'layer1.1', 'layer2.0', 'head']);
  expect(plan.blocks.map(({ gate }) => gate)).toEqual([0, 1, 2]);
});
