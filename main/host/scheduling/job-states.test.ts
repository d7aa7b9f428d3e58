import { expect, test } from 'vitest';
import { RUN_STATUSES } from '../../../shared/contract/run-status.ts';
import {
  hasEnded,
  holdsDevice,
  jobTransitions,
  nextState,
  stateOfStatus,
  type JobEvent,
  type JobState,
} from './job-states.ts';

const states = Object.keys(jobTransitions) as JobState[];
const all = (event: JobEvent): (JobState | undefined)[] =>
  states.map((state) => nextState(state, event));

test('Every state is reached, and from each that has not ended an end is.', () => {
  const reached = new Set(states.flatMap((state) => Object.values(jobTransitions[state])));
  expect(states.filter((state) => !reached.has(state))).toEqual([]);
  for (const state of states.filter((one) => !hasEnded(one))) {
    expect(hasEnded(nextState(state, 'fail')!), state).toBe(true);
  }
});

test('What holds a device gives it back however its work ends, and can be closed and cancelled.', () => {
  const holding = states.filter(holdsDevice);
  expect(holding).toEqual(['running', 'pausing', 'stopping', 'cancelling', 'closing']);
  for (const state of holding) {
    for (const event of ['finish', 'fail'] as const) {
      expect(holdsDevice(nextState(state, event)!)).toBe(false);
    }
    expect(holdsDevice(nextState(state, 'close')!)).toBe(true);
    expect(nextState(state, 'cancel')).toBe('cancelling');
  }
});

test('Only what was asked to end can have ended because of it; only what waits begins.', () => {
  expect(all('halt').filter((state) => state !== undefined)).toEqual([
    'paused',
    'stopped',
    'stopped',
    'waiting',
  ]);
  expect(states.filter((state) => nextState(state, 'start') !== undefined)).toEqual(['waiting']);
});

test('Asking twice is asking once, and a cancelled job is not brought back by a softer wish.', () => {
  for (const event of ['pause', 'stop', 'cancel'] as const) {
    for (const state of states) {
      const next = nextState(state, event);
      if (next !== undefined && holdsDevice(next)) expect(nextState(next, event)).toBe(next);
    }
    expect(nextState('cancelling', event)).toBe('cancelling');
  }
});

test('Every status of a run is a state.', () => {
  const known = new Set<string>(states);
  expect(RUN_STATUSES.filter((status) => !known.has(stateOfStatus(status)))).toEqual([]);
});
