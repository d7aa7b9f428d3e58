import { expect, test } from 'vitest';
import { bracketed, hostProblem, isLoopback, isOwnOrigin, ownNames } from './request-checks.ts';

test.each([
  ['127.0.0.1', true],
  ['127.8.9.1', true],
  ['::1', true],
  ['localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.168.0.10', false],
  ['127.0.0.1.example', false],
  ['127.example', false],
])('Whether %s can only be reached from this machine: %s.', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

test('A server goes by the names of what it is bound to, and by loopback for tunnels.', () => {
  expect(ownNames('127.0.0.1', 'Box')).toEqual(['127.0.0.1', 'localhost', '[::1]']);
  expect(ownNames('0.0.0.0', 'Box')).toEqual([
    '127.0.0.1',
    'localhost',
    '[::1]',
    '0.0.0.0',
    'box',
    'box.local',
  ]);
  expect(ownNames('fe80::A', 'Box')).toContain('[fe80::a]');
  expect(bracketed('::1')).toBe('[::1]');
});

test('A name that is not its own is refused with both.', () => {
  expect(hostProblem('box:80', ['box'])).toBeUndefined();
  expect(hostProblem('[::1]:80', ['[::1]'])).toBeUndefined();
  expect(hostProblem('fox:80', ['box', 'localhost'])).toBe(
    'The name "fox" is not one of this server (box, localhost).',
  );
  for (const odd of [undefined, '', ':80', 'a b', 'box:80:80', 'box:', '[::1', 'ü.example']) {
    expect(hostProblem(odd, ['box'])).toBe('The request names no host.');
  }
});

test('An origin is own if it is the very host that was asked.', () => {
  expect(isOwnOrigin('http://box:80', 'box:80')).toBe(true);
  expect(isOwnOrigin('https://box', 'box')).toBe(true);
  for (const other of [
    undefined,
    'null',
    '',
    'http://box:81',
    'http://box:80.example',
    'ftp://box:80',
  ]) {
    expect(isOwnOrigin(other, 'box:80')).toBe(false);
  }
  expect(isOwnOrigin('http://undefined', undefined)).toBe(false);
});
