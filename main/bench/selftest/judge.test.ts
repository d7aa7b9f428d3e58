import { expect, test } from 'vitest';
import type { CaseResult, DeviceResult } from './cases.ts';
import { SELFTEST_CASES, SELFTEST_STEPS } from './cases.ts';
import { judgeDevices, STORED_LOSSES } from './judge.ts';

const right = (precision: CaseResult['precision'], factor = 1): CaseResult[] =>
  Object.entries(STORED_LOSSES).map(([architecture, losses]) => ({
    ...{ architecture, precision, imagesPerSecond: 100 },
    losses: losses.map((loss) => loss * factor),
  }));
const device = (cases: readonly CaseResult[], more: Partial<DeviceResult> = {}): DeviceResult => ({
  ...{ device: 'cpu', name: 'a processor', tensorflow: '2.21.0', cases },
  ...more,
});

test('every network of the self-test has its losses stored', () => {
  expect(Object.keys(STORED_LOSSES)).toEqual(
    SELFTEST_CASES.map(({ architecture }) => architecture),
  );
  for (const losses of Object.values(STORED_LOSSES)) expect(losses).toHaveLength(SELFTEST_STEPS);
});

test('a device is right when all its losses are, within what its precision rounds to', () => {
  const [all] = judgeDevices([device([...right('float32'), ...right('bfloat16', 1.03)])]);
  expect(all).toMatchObject({ isRight: true });
  expect(all?.sentence).toContain('all 8 trainings are right; ResNet-20 at batch 16: 100 images/s');
  const [off] = judgeDevices([device([...right('float32', 1.03), ...right('bfloat16')])]);
  expect(off?.isRight).toBe(false);
  expect(off?.cases.filter(({ isRight }) => !isRight)).toHaveLength(4);
});

test('losses that are not finite, a process that ended, and one too slow for any step are not right', () => {
  const [first, ...rest] = right('float32');
  const broken = { ...first!, losses: [2.6, Number.NaN] };
  expect(judgeDevices([device([broken, ...rest])])[0]?.sentence).toContain('not finite');
  const dead = judgeDevices([device(right('float32').slice(1), { ended: 'SIGSEGV' })]);
  expect(dead[0]).toMatchObject({ isRight: false });
  expect(judgeDevices([device([{ ...first!, losses: [] }])])[0]?.isRight).toBe(false);
});

test('a GPU is held against the CPU of its machine as well', () => {
  const gpu = device(right('float32', 1.002), { device: 'cuda:0', name: 'a GPU' });
  const [, judged] = judgeDevices([device(right('float32')), gpu]);
  expect(judged?.cases[0]?.againstCpu).toBeCloseTo(0.002, 5);
});

test('a device that had no time for all of them says so, and one that was not tried says why', () => {
  const [slow] = judgeDevices([device(right('float32'))]);
  expect(slow?.sentence).toContain('all 4 trainings are right (for 4 there was no time)');
  const untried = { device: 'cuda:0', name: 'a GPU', untried: 'not tried, as it is raining' };
  const [left] = judgeDevices([device([], untried)]);
  expect(left).toMatchObject({
    isRight: false,
    sentence: 'cuda:0 (a GPU): not tried, as it is raining.',
  });
});
