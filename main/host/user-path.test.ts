import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { expandHome, userPath } from './user-path.ts';

test.each([
  ['~', os.homedir()],
  ['~/photos/a b', path.join(os.homedir(), 'photos', 'a b')],
  ['photos/~', path.resolve('photos/~')],
  ['~name/photos', path.resolve('~name/photos')],
  ['/data', path.resolve('/data')],
])('%s is %s', (typed, expected) => {
  expect(userPath(typed)).toBe(expected);
});

test('a source that is no path stays as it is', () => {
  expect(expandHome('builtin:shapes')).toBe('builtin:shapes');
});
