import { expect, test } from 'vitest';
import { failOnLeaks } from '../../engine/testing/leaks.ts';
import { SELFTEST_CASES } from './cases.ts';
import { judgeDevices } from './judge.ts';
import { measureCase } from './measure.ts';

failOnLeaks();

test('this machine trains to the stored losses', () => {
  // The two that are quick: one plain, one with groups.
  const quick = SELFTEST_CASES.filter(({ architecture }) => /preact|resnext/.test(architecture));
  const cases = quick.map((of) => measureCase(of, 'float32'));
  const [judged] = judgeDevices([{ device: 'cpu', name: 'this', tensorflow: '', cases }]);
  expect(judged?.sentence).toContain('all 2 trainings are right (for 6 there was no time)');
});
