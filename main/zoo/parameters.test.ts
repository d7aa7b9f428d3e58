import { expect, test } from 'vitest';
import { buildPlan } from './build-plan.ts';
import { sizeOf, weightsOf } from './parameters.ts';
import { getArchitecture, listArchitectures } from './registry.ts';

function weights(name: string) {
  const architecture = getArchitecture(name);
  return weightsOf(buildPlan(architecture.spec, architecture));
}

/** torchvision's `state_dict` of a ResNet without the batch counters, as a rule. */
function torchvisionNames(blocks: readonly number[], convs: number, projectsFirst: boolean) {
  const norm = (name: string) =>
    ['weight', 'bias', 'running_mean', 'running_var'].map((field) => `${name}.${field}`);
  const names = ['conv1.weight', ...norm('bn1')];
  blocks.forEach((count, stage) => {
    for (let index = 0; index < count; index++) {
      const block = `layer${stage + 1}.${index}`;
      for (let i = 1; i <= convs; i++) {
        names.push(`${block}.conv${i}.weight`, ...norm(`${block}.bn${i}`));
      }
      if (index === 0 && (stage > 0 || projectsFirst)) {
        names.push(`${block}.downsample.0.weight`, ...norm(`${block}.downsample.1`));
      }
    }
  });
  return [...names, 'fc.weight', 'fc.bias'];
}

test.each([
  ['resnet18', [2, 2, 2, 2], 2, false],
  ['resnet34', [3, 4, 6, 3], 2, false],
  ['resnet50', [3, 4, 6, 3], 3, true],
  ['wide_resnet101_2', [3, 4, 23, 3], 3, true],
  ['resnext50_32x4d', [3, 4, 6, 3], 3, true],
] as const)("%s has torchvision's weight names in its order", (name, blocks, convs, projects) => {
  expect(weights(name).map((weight) => weight.name)).toEqual(
    torchvisionNames(blocks, convs, projects),
  );
});

test('names are unique and both layouts hold the same number of scalars', () => {
  for (const { name } of listArchitectures()) {
    const list = weights(name);
    expect(new Set(list.map((weight) => weight.name)).size).toBe(list.length);
    for (const weight of list) expect(sizeOf(weight.fileShape)).toBe(sizeOf(weight.shape));
  }
});

test('kernels are OIHW in a file and HWIO in the engine', () => {
  const grouped = weights('resnext50_32x4d').find(({ name }) => name === 'layer1.0.conv2.weight');
  expect(grouped).toMatchObject({
    fileShape: [128, 4, 3, 3],
    shape: [3, 3, 4, 128],
    role: 'kernel',
    unit: 'layer1.0',
  });
});

test('kernels start with a variance of 2 over their fan-out, groups or not', () => {
  const deviation = (architecture: string, name: string) =>
    weights(architecture).find((weight) => weight.name === name)?.initial;
  expect(deviation('resnet18', 'conv1.weight')).toEqual({
    kind: 'normal',
    deviation: Math.sqrt(2 / (49 * 64)),
  });
  expect(deviation('resnext50_32x4d', 'layer1.0.conv2.weight')).toEqual({
    kind: 'normal',
    deviation: Math.sqrt(2 / (9 * 128)),
  });
});
