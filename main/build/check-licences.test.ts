import { expect, test } from 'vitest';
// Plain JavaScript, run by CI before anything is built.
// @ts-expect-error -- it has no types
import * as checks from './check-licences.mjs';

const { isAllowed, productionLicences } = checks as {
  isAllowed: (expression: string) => boolean;
  productionLicences: (
    lock: { packages: Record<string, object> },
    readManifest: (place: string) => { license?: string } | undefined,
  ) => { name: string; licence: string }[];
};

test.each([
  ['MIT', true],
  ['(BSD-3-Clause AND Apache-2.0)', true],
  ['(MIT OR GPL-3.0-only)', true],
  ['MIT AND GPL-3.0-only', false],
  ['GPL-3.0-only', false],
  ['none', false],
  ['constructor', false],
])('%s may be passed on: %s', (expression, expected) => {
  expect(isAllowed(expression)).toBe(expected);
});

test('Packages of developers do not count; a licence that the lock lacks is read from the package.', () => {
  const packages = {
    '': { license: 'MIT' },
    'node_modules/a': { license: 'MIT' },
    'node_modules/b': {},
    'node_modules/b/node_modules/@c/d': {},
    'node_modules/e': { dev: true, license: 'GPL-3.0-only' },
  };
  const manifest = (place: string) => (place.endsWith('b') ? { license: 'ISC' } : undefined);
  expect(productionLicences({ packages }, manifest)).toEqual([
    { name: 'a', licence: 'MIT' },
    { name: 'b', licence: 'ISC' },
    { name: '@c/d', licence: 'none' },
  ]);
});
