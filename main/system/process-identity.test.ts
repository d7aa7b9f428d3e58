import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { livenessOf, parseIdentity, thisProcess } from './process-identity.ts';

test('this process lives and is named with its number and machine', () => {
  expect(livenessOf(thisProcess())).toBe('alive');
  expect(parseIdentity(thisProcess())?.pid).toBe(process.pid);
});

test('a process that has ended is gone', () => {
  const { pid } = spawnSync(process.execPath, ['-e', '0']);
  expect(livenessOf(thisProcess().replace(/^\d+/, String(pid)))).toBe('gone');
});

test('a process number from before the last start of the machine is gone, even if it is in use again', () => {
  const [pid = '', host = '', birth = ''] = thisProcess().split('@');
  const [boot = '', ...rest] = birth.split('_');
  const otherBoot = boot.startsWith('t') ? `t${Number(boot.slice(1)) - 60}` : '0'.repeat(12);
  expect(livenessOf([pid, host, [otherBoot, ...rest].join('_')].join('@'))).toBe('gone');
});

test.runIf(process.platform === 'linux')(
  'a process number that was given to a later process is gone',
  () => {
    expect(livenessOf(thisProcess().replace(/_\d+$/, '_1'))).toBe('gone');
  },
);

test('what belongs to another machine, or is no identity, is unknown and never called gone', () => {
  expect(livenessOf(thisProcess().replace(/@[^@]+@/, '@elsewhere@'))).toBe('unknown');
  for (const text of ['', 'x', '12', '@@', 'a@b@c']) expect(livenessOf(text)).toBe('unknown');
});
