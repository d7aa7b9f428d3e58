import { expect, test } from 'vitest';
import { findArchitecture, getArchitecture, listArchitectures } from './registry.ts';

test('names are unique and each finds its own entry', () => {
  const names = listArchitectures().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) {
    expect(findArchitecture(name)?.name).toBe(name);
    expect(getArchitecture(name).spec.name).toBe(name);
  }
});

test.each([
  ['ResNet-20', 'resnet20'],
  ['resnet_20', 'resnet20'],
  [' ResNet 50 ', 'resnet50'],
  ['wrn28-10', 'wrn-28-10'],
  ['WRN_28_10', 'wrn-28-10'],
  ['WideResNet-28-10', 'wrn-28-10'],
  ['wide-resnet50-2', 'wide_resnet50_2'],
  ['ResNeXt-50-32x4d', 'resnext50_32x4d'],
  ['PreAct-ResNet-110', 'preresnet110'],
  ['preactivation_resnet164', 'preresnet164'],
  ['mini_basic_a', 'mini-basic-a'],
])('the spelling %s finds %s', (spelling, name) => {
  expect(findArchitecture(spelling)?.name).toBe(name);
});

test('an unknown name is not found', () => {
  expect(findArchitecture('vgg16')).toBeUndefined();
});

test.each([
  [
    'resnet21',
    'There is no architecture called "resnet21". Close to it: resnet20, resnet32, resnet44. `resnet-lab zoo list` shows them all.',
  ],
  [
    'resnext',
    'There is no architecture called "resnext". Close to it: resnext50_32x4d, resnext101_32x8d. `resnet-lab zoo list` shows them all.',
  ],
  [
    'wrn-28-12',
    'There is no architecture called "wrn-28-12". Close to it: wrn-28-10. `resnet-lab zoo list` shows them all.',
  ],
  ['vgg16', 'There is no architecture called "vgg16". `resnet-lab zoo list` shows them all.'],
])('asking for %s says what is close', (name, sentence) => {
  expect(() => getArchitecture(name)).toThrow(
    expect.objectContaining({ code: 'unknown-architecture', message: sentence }),
  );
});
