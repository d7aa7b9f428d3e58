import { expect, test } from 'vitest';
import { giveColours, isPlainControl, lookKey } from './run-looks.ts';

const run = (id: string, group: string | null, architecture: string) => ({
  id,
  group,
  architecture,
});

test('seeds of a group and the plain control share a key, other networks of the group do not', () => {
  const first = lookKey(run('a', 'g', 'resnet20'));
  expect(lookKey(run('b', 'g', 'resnet20'))).toBe(first);
  expect(lookKey(run('c', 'g', 'resnet20 (plain)'))).toBe(first);
  expect(lookKey(run('d', 'g', 'resnet56'))).not.toBe(first);
  expect(lookKey(run('e', null, 'resnet20'))).toBe('e');
});

test('colours are given in order and never change when runs are added', () => {
  const early = giveColours({}, [run('a', null, 'x'), run('b', null, 'x')]);
  expect(early).toEqual({ a: 0, b: 1 });
  const later = giveColours(early, [run('c', null, 'x'), run('b', null, 'x')]);
  expect(later).toEqual({ a: 0, b: 1, c: 2 });
  expect(giveColours(later, [run('a', null, 'x')])).toBe(later);
});

test('the eleventh colour is the first again', () => {
  const many = Array.from({ length: 11 }, (_, i) => run(`r${i}`, null, 'x'));
  expect(giveColours({}, many)['r10']).toBe(0);
});

test('a plain control is known by its suffix or its family', () => {
  expect(isPlainControl({ architecture: 'resnet20 (plain)' })).toBe(true);
  expect(isPlainControl({ architecture: 'plain56' })).toBe(true);
  expect(isPlainControl({ architecture: 'plain-20' })).toBe(true);
  expect(isPlainControl({ architecture: 'resnet20' })).toBe(false);
});
