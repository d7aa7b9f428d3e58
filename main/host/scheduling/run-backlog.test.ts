// Which run of the library's queue begins where, with runs that name their devices among them.
import { expect, test } from 'vitest';
import type { DeviceList } from '../../../shared/spec/devices.ts';
import { outlineData } from '../dataset-outline.ts';
import { newRun } from '../new-run.ts';
import { exampleSpec, testHost } from '../testing/host-fixtures.ts';
import { placesFor } from './places.ts';
import { RunBacklog } from './run-backlog.ts';

const PLACES = placesFor(
  [0, 1, 2].map((index) => ({ index, uuid: `GPU-${index}` })),
  undefined,
);

async function queueOf(...wishes: readonly (DeviceList | undefined)[]) {
  const { library } = (await testHost('finish')).parts;
  const spec = exampleSpec();
  const data = await outlineData(spec.data, { cacheFolder: library.cacheFolder });
  const ids = wishes.map((devices) => {
    const own = { ...spec, ...(devices && { devices }) };
    return library.runs.create(newRun(own, { data, codeVersion: 'test', totalSteps: 12 })).id;
  });
  const backlog = new RunBacklog({
    library,
    resumesRuns: () => true,
    train: () => Promise.resolve(),
    onHeld: () => undefined,
  });
  backlog.add(ids, 'back');
  const nameOf = (id: string): string => `${ids.indexOf(id)}`;
  /** The next run that begins with these GPUs free, as `run on place`. */
  const take = (...free: readonly number[]): string | undefined => {
    const taken = backlog.take(
      PLACES.filter((_, i) => free.includes(i)),
      PLACES,
    );
    return taken && `${nameOf(taken.request.id)} on ${taken.place.name}`;
  };
  const end = (run: number): void => {
    library.queue.remove(ids[run]!);
    library.runs.update(ids[run]!, { status: 'interrupted', error: null });
  };
  return { take, end, busy: () => [...backlog.busyPlaces(PLACES)].sort() };
}

test('A run on two GPUs takes both, and no other run has one of them meanwhile.', async () => {
  const { take, end, busy } = await queueOf([2, 0], undefined, undefined);
  expect(take(0, 1, 2)).toBe('0 on cuda:2,0');
  expect(busy()).toEqual(['cuda:0', 'cuda:2']);
  // Whatever the scheduler believes to be free.
  expect(take(0, 1, 2)).toBe('1 on cuda:1');
  expect(take(0, 1, 2)).toBeUndefined();
  end(0);
  expect(take(0, 2)).toBe('2 on cuda:0');
});

test('While it waits for both, the free one is kept for it and the others are not.', async () => {
  const { take, end } = await queueOf([0], [0, 1], undefined, [1], undefined);
  expect(take(0, 1, 2)).toBe('0 on cuda:0');
  expect(take(1, 2)).toBe('2 on cuda:2');
  // GPU 1 is free, but the second run waits for it; neither the fourth nor the last goes past it.
  expect(take(1)).toBeUndefined();
  end(0);
  expect(take(0, 1)).toBe('1 on cuda:0,1');
  end(1);
  expect(take(0, 1)).toBe('3 on cuda:1');
});

test('The processor is there beside GPUs for a run that names it, once.', async () => {
  const { take } = await queueOf(['cpu', 'cpu'], ['cpu'], undefined);
  expect(take(1)).toBe('0 on cpu');
  expect(take(1)).toBe('2 on cuda:1');
});

test('A run whose device is not there begins anywhere, to say so, and holds nobody up.', async () => {
  const { take } = await queueOf([0, 7], undefined);
  expect(take(1)).toBe('0 on cuda:1');
  expect(take(2)).toBe('1 on cuda:2');
});
