import { expect, test } from 'vitest';
import { formatRoute, parseRoute } from './router.svelte.ts';

test('an address names page, path and parameters, and reads back as the same', () => {
  const route = {
    page: 'run',
    path: ['r 1/2', 'mistakes'],
    params: { x: 'epoch', filter: 'arch:resnet20 acc>0.9' },
  } as const;
  const hash = formatRoute(route);
  expect(hash).toBe('#/run/r%201%2F2/mistakes?x=epoch&filter=arch%3Aresnet20+acc%3E0.9');
  expect(parseRoute(hash)).toEqual(route);
});

test('what names no page leads to the runs', () => {
  for (const hash of ['', '#', '#/', '#/nowhere', '#/%E0%A4%A']) {
    expect(parseRoute(hash).page).toBe('runs');
  }
});

test('empty parameters are left out of the address', () => {
  expect(formatRoute({ page: 'runs', params: { filter: '', sort: undefined } })).toBe('#/runs');
});
