import { expect, test } from 'vitest';
import { isAutoencoder } from '../../shared/spec/autoencoder.ts';
import { buildPlan } from './build-plan.ts';
import { formatSummary } from './describe.ts';
import { parseArchitecture } from './parse-architecture.ts';
import { getArchitecture, listArchitectures } from './registry.ts';
import { summarize } from './summary.ts';

function summaryOf(name: string) {
  const architecture = getArchitecture(name);
  return summarize(buildPlan(architecture.spec, architecture));
}

// Parameters: torchvision 0.28 and timm 1.0.29 for their names, the papers' definitions counted by hand for the
// others. Multiply-adds: torchvision's published GFLOPS. Depth: the number in the name, except that
// a WRN's counts its three projections and not the classifier.
test.each([
  ['plain20', 269_722, 40.6e6, 20],
  ['plain32', 464_154, 68.9e6, 32],
  ['plain44', 658_586, 97.2e6, 44],
  ['plain56', 853_018, 126e6, 56],
  ['plain110', 1_727_962, 253e6, 110],
  ['resnet20', 269_722, 40.6e6, 20],
  ['resnet32', 464_154, 68.9e6, 32],
  ['resnet44', 658_586, 97.2e6, 44],
  ['resnet56', 853_018, 126e6, 56],
  ['resnet110', 1_727_962, 253e6, 110],
  ['resnet1202', 19_421_274, 2.83e9, 1202],
  ['preresnet110', 1_727_962, 253e6, 110],
  ['preresnet164', 1_703_258, 248e6, 164],
  ['preresnet1001', 10_327_706, undefined, 1001],
  ['wrn-16-8', 10_961_370, undefined, 14],
  ['wrn-22-8', 17_158_106, undefined, 20],
  ['wrn-28-10', 36_479_194, 5.24e9, 26],
  ['wrn-40-4', 8_949_210, undefined, 38],
  ['resnet18', 11_689_512, 1.814e9, 18],
  ['resnet34', 21_797_672, 3.664e9, 34],
  ['resnet50', 25_557_032, 4.089e9, 50],
  ['resnet101', 44_549_160, 7.801e9, 101],
  ['resnet152', 60_192_808, 11.514e9, 152],
  ['se-resnet18', 11_779_624, undefined, 18],
  ['se-resnet34', 21_960_416, undefined, 34],
  ['se-resnet50', 28_088_024, undefined, 50],
  ['se-resnet101', 49_326_872, undefined, 101],
  ['se-resnet152', 66_821_848, undefined, 152],
  // Two convolutions more in the stem than the name counts.
  ['resnet18-d', 11_708_744, undefined, 20],
  ['resnet34-d', 21_816_904, undefined, 36],
  ['resnet50-d', 25_576_264, undefined, 52],
  ['resnet101-d', 44_568_392, undefined, 103],
  ['resnet152-d', 60_212_040, undefined, 154],
  ['wide_resnet50_2', 68_883_240, 11.398e9, 50],
  ['wide_resnet101_2', 126_886_696, 22.753e9, 101],
  ['resnext50_32x4d', 25_028_904, 4.23e9, 50],
  ['resnext101_32x8d', 88_791_336, 16.414e9, 101],
])('%s has %d parameters', (name, parameters, macs, depth) => {
  const summary = summaryOf(name);
  expect({ parameters: summary.parameters, depth: summary.depth }).toEqual({ parameters, depth });
  if (macs !== undefined) expect(Math.abs(summary.macs / macs - 1)).toBeLessThan(0.005);
});

test('every network is planned for gray images of an odd size and seven classes', () => {
  for (const { spec } of listArchitectures()) {
    // What an autoencoder's encoder rounds away can't come back: refused, see build-decoder.test.ts.
    if (isAutoencoder(spec)) continue;
    const input = { height: 37, width: 50, channels: 1 };
    const summary = summarize(buildPlan(spec, { input, classes: 7 }));
    const strides = spec.stages.map(({ stride }) => stride);
    if (spec.stem.kind !== 'cifar') strides.unshift(2, 2);
    const shrunk = (side: number) => strides.reduce((rest, by) => Math.ceil(rest / by), side);
    const last = summary.stages.at(-2)?.output;
    expect([last?.height, last?.width]).toEqual([shrunk(37), shrunk(50)]);
    expect(summary.layers.at(-1)?.output).toEqual({ height: 1, width: 1, channels: 7 });
  }
});

test('the stages and the layers add up to the totals', () => {
  for (const { name } of listArchitectures()) {
    const summary = summaryOf(name);
    const keys = ['parameters', 'statistics', 'macs'] as const;
    for (const key of keys) {
      expect(summary.stages.reduce((sum, stage) => sum + stage[key], 0)).toBe(summary[key]);
      expect(summary.layers.reduce((sum, layer) => sum + layer[key], 0)).toBe(summary[key]);
    }
    expect(summary.layers.reduce((sum, layer) => sum + layer.activationBytes, 0)).toBe(
      summary.activationBytesPerExample,
    );
  }
});

test('stages change resolution and width as the paper says', () => {
  const outputs = (name: string) =>
    summaryOf(name).stages.map(({ output }) => [output.height, output.channels]);
  expect(outputs('resnet20')).toEqual([
    [32, 16],
    [32, 16],
    [16, 32],
    [8, 64],
    [1, 10],
  ]);
  expect(outputs('resnet50')).toEqual([
    [56, 64],
    [56, 256],
    [28, 512],
    [14, 1024],
    [7, 2048],
    [1, 1000],
  ]);
});

test('receptive fields grow by (kernel - 1) times the stride so far', () => {
  // 3×3 stem: 3. Block 1: 5, 7. Block 2 with stride 2: 9 (still 1 apart), then 2 apart: 13.
  const spec = parseArchitecture({
    stem: { kind: 'cifar', width: 4 },
    stages: [
      { blocks: 1, width: 4 },
      { blocks: 1, width: 8, stride: 2 },
    ],
    block: { kind: 'basic' },
    shortcut: 'B',
  });
  const input = { height: 8, width: 8, channels: 3 };
  const summary = summarize(buildPlan(spec, { input, classes: 2 }));
  const fields = Object.fromEntries(
    summary.layers.map(({ name, receptiveField }) => [name, receptiveField]),
  );
  expect(fields).toMatchObject({
    input: 1,
    conv1: 3,
    'layer1.0.conv1': 5,
    'layer1.0.conv2': 7,
    'layer2.0.conv1': 9,
    'layer2.0.conv2': 13,
    'layer2.0.downsample.0': 7,
    'layer2.0.add': 13,
    fc: null,
  });
  expect(summary.receptiveField).toBe(13);
});

test('activation memory counts every tensor that a gradient needs once', () => {
  // One block on a 2×2 image, 4 channels, so a map is 64 bytes and the image 48.
  const spec = (order: string, dropout: number) =>
    parseArchitecture({
      stem: { kind: 'cifar', width: 4 },
      stages: [{ blocks: 1, width: 4 }],
      block: { kind: 'basic', order, dropout },
      shortcut: 'A',
    });
  const bytes = (order: string, dropout = 0) =>
    summarize(
      buildPlan(spec(order, dropout), {
        input: { height: 2, width: 2, channels: 3 },
        classes: 2,
      }),
    ).activationBytesPerExample;
  // Image, inputs of bn1, layer1.0.bn1 and bn2, outputs of three ReLUs, the pooled vector.
  expect(bytes('original')).toBe(48 + 3 * 64 + 3 * 64 + 16);
  // Image, inputs of bn1, layer1.0.bn2 and norm, outputs of their ReLUs, the pooled vector.
  expect(bytes('full-preactivation')).toBe(48 + 3 * 64 + 3 * 64 + 16);
  // The convolution's input is now the dropout's output, beside the ReLU's and the mask.
  expect(bytes('full-preactivation', 0.5)).toBe(48 + 3 * 64 + 3 * 64 + 2 * 64 + 16);
});

test('a short network is described layer by layer', () => {
  const text = formatSummary(summaryOf('mini-basic-b'), { batch: 32 });
  expect(text).toContain('mini-basic-b: 10 layers on the main path, input 12×12×3, 5 classes');
  expect(text).toContain('parameters       4,941 (4.94 k), and 176 statistics');
  expect(text).toMatch(
    /^layer2\.0\.downsample\.0 +conv 1×1 \/2 +6×6×8 +32 +1\.15 k +1\.13 KiB +7$/m,
  );
  expect(text).not.toContain('the same');
});

test('a deep network has its equal blocks written once unless all are asked for', () => {
  const summary = summaryOf('resnet1202');
  const text = formatSummary(summary);
  expect(text).toMatch(/^layer1\.1 to layer1\.199 +the same, 199 times +32×32×16 +930 k/m);
  expect(text.split('\n').length).toBeLessThan(70);
  const all = formatSummary(summary, { allLayers: true });
  expect(all.split('\n').length).toBeGreaterThan(summary.layers.length);
});

test('the columns of a description are aligned', () => {
  const lines = formatSummary(summaryOf('resnet20')).split('\n');
  const rules = lines.filter((line) => line.startsWith('──'));
  expect(rules).toHaveLength(2);
  const width = Math.max(...rules.map((rule) => rule.length));
  expect(lines.every((line) => line.length <= width)).toBe(true);
});
