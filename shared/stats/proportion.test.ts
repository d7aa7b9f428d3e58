import { expect, it } from 'vitest';
import { wilsonInterval } from './proportion.ts';

it.each([
  [0, 10, 0, 0.27753279986288926],
  [10, 10, 0.7224672001371109, 1],
  [73, 100, 0.63567883232055, 0.8073041585042366],
  [1, 3, 0.06149194472039626, 0.7923403991979523],
])("gives scipy's Wilson interval of %i of %i", (successes, n, low, high) => {
  const found = wilsonInterval(successes, n);
  expect(found.low).toBeCloseTo(low, 12);
  expect(found.high).toBeCloseTo(high, 12);
});

it('knows nothing of no trials', () => {
  expect(wilsonInterval(0, 0)).toEqual({ low: 0, high: 1 });
});
