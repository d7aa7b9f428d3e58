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
  const loopback = ['127.0.0.1', 'localhost', '[::1]'];
  expect(ownNames('127.0.0.1', 'Box')).toEqual({ names: loopback, anyAddress: false });
  expect(ownNames('0.0.0.0', 'Box')).toEqual({
    names: [...loopback, '0.0.0.0', 'box', 'box.local'],
    anyAddress: true,
  });
  expect(ownNames('fe80::A', 'Box').names).toContain('[fe80::a]');
  expect(bracketed('::1')).toBe('[::1]');
});

const own = { names: ['box', '[::1]'], anyAddress: false };

test('A name that is not its own is refused with both.', () => {
  expect(hostProblem('BOX:80', own)).toBeUndefined();
  expect(hostProblem('[::1]:80', own)).toBeUndefined();
  expect(hostProblem('fox:80', own)).toBe('The name "fox" is not one of this server (box, [::1]).');
  for (const odd of [undefined, '', ':80', 'a b', 'box:80:80', 'box:', '[::1', 'ü.example']) {
    expect(hostProblem(odd, own)).toBe('The request names no host.');
  }
});

test('Addresses are fine where other machines may come, and names still are not.', () => {
  const open = { ...own, anyAddress: true };
  for (const host of ['192.168.0.10:80', '10.0.0.1', '[fe80::1]:80']) {
    expect(hostProblem(host, open)).toBeUndefined();
    expect(hostProblem(host, own)).toContain('is not one of this server');
  }
  for (const host of ['evil.example', '10.0.0.1.evil.example', '10.0.0.1.2', '0x7f.1']) {
    expect(hostProblem(host, open)).toContain('is not one of this server');
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
