import path from 'node:path';
import { expect, test } from 'vitest';
import { homeFolder } from './home.ts';

test('The option wins over the environment, and both are made absolute.', () => {
  const env = { RESNET_LAB_HOME: 'from-env' };
  expect(homeFolder({ home: 'from-option', env })).toBe(path.resolve('from-option'));
  expect(homeFolder({ env })).toBe(path.resolve('from-env'));
});

test.each([
  ['linux', { XDG_DATA_HOME: '/data' }, '/data/resnet-lab'],
  ['linux', { XDG_DATA_HOME: 'relative' }, '/.local/share/resnet-lab'],
  ['darwin', {}, '/Library/Application Support/resnet-lab'],
] as const)('Without either it is the place of %s.', (platform, env, expected) => {
  expect(homeFolder({ env, platform }).endsWith(expected)).toBe(true);
});
