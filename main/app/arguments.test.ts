import path from 'node:path';
import { expect, test } from 'vitest';
import { parseArguments } from './arguments.ts';

const folder = path.resolve('/work place');

test.each([
  [[], undefined, []],
  [['--home', 'lib'], 'lib', []],
  [['--home=lib'], 'lib', []],
  [['--home='], undefined, []],
  [['--home'], undefined, []],
  [['flowers', '--home', 'lib', 'more.zip'], 'lib', ['flowers', 'more.zip']],
  [['--no-sandbox', '-psn_0_1', '--enable-features=A', 'flowers'], undefined, ['flowers']],
  [['', '/data/x y'], undefined, ['/data/x y']],
])('%j means the library %s and opening %j.', (args, home, open) => {
  expect(parseArguments(args, folder)).toEqual({
    home: home === undefined ? undefined : path.resolve(folder, home),
    open: open.map((name) => path.resolve(folder, name)),
  });
});
