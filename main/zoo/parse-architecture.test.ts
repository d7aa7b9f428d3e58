import { expect, test } from 'vitest';
import { AppError } from '../../shared/errors.ts';
import { buildPlan } from './build-plan.ts';
import { parseArchitecture, plainTwin } from './parse-architecture.ts';
import { getArchitecture, listArchitectures } from './registry.ts';

const valid = {
  stem: { kind: 'cifar', width: 8 },
  stages: [
    { blocks: 1, width: 8 },
    { blocks: 1, width: 16, stride: 2 },
  ],
  block: { kind: 'basic' },
  shortcut: 'B',
};
const bottleneck = { ...valid, block: { kind: 'bottleneck' } };
const preActivated = { ...valid, block: { kind: 'basic', order: 'full-preactivation' } };

function errorOf(act: () => unknown): AppError {
  try {
    act();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test.each<[string, unknown, string, string]>([
  ['text instead of a document', 'resnet', '', 'The architecture must be an object, not "resnet".'],
  ['a list instead of a document', [], '', 'The architecture must be an object, not a list of 0.'],
  ['no stages', { ...valid, stages: undefined }, 'stages', 'stages is missing; it must be a list.'],
  [
    'an empty list of stages',
    { ...valid, stages: [] },
    'stages',
    'stages must have at least 1 entries, not a list of 0.',
  ],
  [
    'a width of zero',
    {
      ...valid,
      stages: [
        { blocks: 1, width: 8 },
        { blocks: 1, width: 0 },
      ],
    },
    'stages.1.width',
    'stages.1.width must be at least 1, not 0.',
  ],
  [
    'a fraction of a block',
    { ...valid, stages: [{ blocks: 1.5, width: 8 }] },
    'stages.0.blocks',
    'stages.0.blocks must be a whole number, not 1.5.',
  ],
  [
    'too many blocks',
    { ...valid, stages: [{ blocks: 1e9, width: 8 }] },
    'stages.0.blocks',
    'stages.0.blocks must be at most 2000, not 1000000000.',
  ],
  [
    'a number as text',
    { ...valid, stem: { kind: 'cifar', width: '16' } },
    'stem.width',
    'stem.width must be a number, not "16".',
  ],
  [
    'an unknown shortcut',
    { ...valid, shortcut: 'E' },
    'shortcut',
    'shortcut must be one of "none", "A", "B", "C", "D", not "E".',
  ],
  [
    'a mistyped field',
    { ...valid, stages: [{ blocks: 1, widht: 8, width: 8 }] },
    'stages.0.widht',
    'stages.0 has no field "widht"; did you mean "width"?',
  ],
  [
    'a field of another format',
    { ...valid, optimizer: 'sgd' },
    'optimizer',
    'The architecture has no field "optimizer"; remove it.',
  ],
  ['a newer format', { ...valid, format: 2 }, 'format', 'format must be 1, not 2.'],
  [
    'a base width for basic blocks',
    { ...valid, block: { kind: 'basic', baseWidth: 128 } },
    'block.baseWidth',
    "block.baseWidth 128 has no effect on a basic block; leave it out, or set the stages' widths or widthMultiplier.",
  ],
  [
    'an expansion for basic blocks',
    { ...valid, block: { kind: 'basic', expansion: 1 } },
    'block.expansion',
    'block.expansion 1 has no effect on a basic block, whose output is as wide as its stage; leave it out.',
  ],
  [
    'a zero initial scale with full pre-activation',
    { ...preActivated, zeroInitLastScale: true },
    'zeroInitLastScale',
    'zeroInitLastScale has no meaning with full pre-activation, whose branches end in a convolution, not in a batch norm; set it to false.',
  ],
  [
    'a zero initial scale without shortcuts',
    { ...valid, shortcut: 'none', zeroInitLastScale: true },
    'zeroInitLastScale',
    'zeroInitLastScale needs shortcuts: without them no signal would pass a block that starts at 0; set it to false or choose shortcut A, B, C or D.',
  ],
  [
    'groups that do not divide the channels',
    { ...valid, block: { kind: 'basic', groups: 3 } },
    'block.groups',
    'layer1.0.conv1 cannot split 8 input and 8 output channels into 3 groups; choose a divisor of both.',
  ],
  [
    'option A where channels shrink',
    { ...valid, shortcut: 'A', stages: [{ blocks: 1, width: 4 }] },
    'stages.0.width',
    'Shortcut A can only add channels, but layer1.0 goes from 8 to 4; use shortcut B or widen the stage.',
  ],
  [
    'a base width that leaves no channels',
    { ...bottleneck, block: { kind: 'bottleneck', baseWidth: 4 } },
    'block.baseWidth',
    'stages.0 is 8 wide, which times block.baseWidth / 64 = 4 / 64 leaves its 3×3 convolutions no channels; raise one of the two.',
  ],
  [
    'a zero initial scale behind which no gradient passes',
    { ...valid, block: { kind: 'basic', order: 'relu-before-addition' }, zeroInitLastScale: true },
    'zeroInitLastScale',
    "zeroInitLastScale would never let a block begin to learn with ReLU before the addition: no gradient passes the branch's last ReLU while all is 0; set it to false.",
  ],
  [
    'a zero initial scale with batch norm after the addition',
    { ...valid, block: { kind: 'basic', order: 'bn-after-addition' }, zeroInitLastScale: true },
    'zeroInitLastScale',
    'zeroInitLastScale has no meaning with batch norm after the addition, whose branches end in a convolution; set it to false.',
  ],
  [
    'an expansion of single convolutions',
    { ...valid, block: { kind: 'single', expansion: 2 } },
    'block.expansion',
    'block.expansion 2 has no effect on a single block, whose output is as wide as its stage; leave it out.',
  ],
  [
    'a gate in a plain network',
    { ...valid, shortcut: 'none', merge: { kind: 'highway' } },
    'merge',
    'merge needs shortcuts: a plain block has nothing that its branch could meet; leave it out or choose shortcut A, B, C or D.',
  ],
  [
    'stochastic depth in a plain network',
    { ...valid, shortcut: 'none', sampling: { kind: 'stochastic-depth' } },
    'sampling',
    'sampling needs shortcuts: without them nothing would pass a block that sits a step out; leave it out or choose shortcut A, B, C or D.',
  ],
  [
    'more blocks in a step than there are',
    { ...valid, sampling: { kind: 'exactly', blocks: 3 } },
    'sampling.blocks',
    'sampling.blocks is 3, but the network has 2 blocks to choose from; lower it.',
  ],
  [
    'a rate that drops everything',
    { ...valid, merge: { kind: 'dropout', rate: 1 } },
    'merge.rate',
    'merge.rate must be at most 0.95, not 1.',
  ],
  [
    'a field of another merge',
    { ...valid, merge: { kind: 'dropout', bias: -1 } },
    'merge.bias',
    'merge has no field "bias"; remove it.',
  ],
  [
    'a stride behind a dilated stage',
    {
      ...valid,
      stages: [
        { blocks: 1, width: 8, dilation: 2 },
        { blocks: 1, width: 16, stride: 2 },
      ],
    },
    'stages.1.stride',
    'stages.1.stride is 2, but the stage before is dilated by 2: its maps were kept large on purpose; give it stride 1 and a dilation, or undo the dilation before it.',
  ],
  [
    'widths that are not the stage’s',
    { ...valid, stages: [{ blocks: 1, width: 8, widths: [4, 6] }] },
    'stages.0.widths',
    'stages.0.widths end in 6, but the stage is 8 wide; its last convolution decides, so make the two equal.',
  ],
  [
    'a stride that shortcut D does not know',
    { ...valid, shortcut: 'D', stages: [{ blocks: 1, width: 8, stride: 3 }] },
    'stages.0.stride',
    'Shortcut D averages 2×2 pixels, but layer1.0 has stride 3; use stride 1 or 2, or shortcut B.',
  ],
  [
    'group norm whose groups do not divide a width',
    { ...valid, groupNorm: 16 },
    'groupNorm',
    'bn1 cannot normalize 8 channels in 16 groups; choose a divisor of every width.',
  ],
  [
    'a width multiplier that leaves no channels',
    { ...valid, widthMultiplier: 0.01 },
    'stages.0.width',
    'stages.0.width is 8, which times the width multiplier 0.01 leaves no channels; raise one of the two.',
  ],
])('%s is refused with its path', (_, json, path, sentence) => {
  const error = errorOf(() => parseArchitecture(json));
  expect({ path: error.path, message: error.message, fault: error.fault }).toEqual({
    path,
    message: sentence,
    fault: 'input',
  });
});

test.each([
  [{ height: 0, width: 32, channels: 3 }, 10, 'input.height'],
  [{ height: 32, width: 2.5, channels: 3 }, 10, 'input.width'],
  [{ height: 32, width: 32, channels: 3 }, 1, 'classes'],
])('a plan for %o with %d classes is refused', (input, classes, path) => {
  const spec = parseArchitecture(valid);
  expect(errorOf(() => buildPlan(spec, { input, classes })).path).toBe(path);
});

test('a spec that says what is so anyway is the spec that leaves it out', () => {
  const spelled = {
    ...valid,
    stages: valid.stages.map((stage) => ({ ...stage, dilation: 1, widths: null })),
    block: { ...valid.block, squeezeExcitation: null },
    merge: { kind: 'add' },
    sampling: { kind: 'all' },
    groupNorm: null,
  };
  expect(JSON.stringify(parseArchitecture(spelled))).toBe(JSON.stringify(parseArchitecture(valid)));
});

test('every registered spec parses from its own JSON', () => {
  for (const { spec } of listArchitectures()) {
    expect(parseArchitecture(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
  }
});

test('the plain twin of a residual network is the registered plain network', () => {
  const twin = plainTwin(getArchitecture('resnet20').spec);
  expect(twin.name).toBe('resnet20 (plain)');
  expect({ ...twin, name: 'plain20' }).toEqual(getArchitecture('plain20').spec);
});

test('a plain twin can always be parsed', () => {
  for (const { spec } of listArchitectures()) {
    const zeroed = { ...spec, zeroInitLastScale: spec.block.order === 'original' };
    expect(parseArchitecture(plainTwin(zeroed)).shortcut).toBe('none');
  }
});
