import { expect, test } from 'vitest';
import { failure } from '../../../shared/errors.ts';
import type { JobRequest, Place, Turn } from './job.ts';
import type { JobState } from './job-states.ts';
import { Scheduler, type Backlog, type Taken } from './scheduler.ts';

const cpu: Place = { name: 'cpu', device: { kind: 'cpu' } };
const gpu = (index: number): Place => ({
  name: `cuda:${index}`,
  device: { kind: 'cuda', gpus: [index] },
});

interface Begun extends Turn {
  readonly id: string;
  finish(value?: unknown): void;
  fail(error: unknown): void;
}

interface Stage {
  readonly scheduler: Scheduler;
  /** What has a device or had one, in the order of beginning. */
  readonly begun: Begun[];
  readonly begin: () => string[];
  readonly submit: (id: string, request?: Partial<JobRequest<unknown>>) => Promise<unknown>;
  readonly work: (id: string) => JobRequest<unknown>['work'];
}

function stage(
  places: readonly Place[] = [cpu],
  { backlog, findPlaces }: { backlog?: Backlog; findPlaces?: () => Promise<readonly Place[]> } = {},
): Stage {
  const begun: Begun[] = [];
  const work =
    (id: string) =>
    (turn: Turn): Promise<unknown> =>
      new Promise((finish, fail) => {
        begun.push({ ...turn, id, finish, fail });
        const give = (): void => fail(failure('cancelled', 'As asked.'));
        turn.stop.addEventListener('abort', give);
        turn.abandon.addEventListener('abort', give);
      });
  const scheduler = new Scheduler({
    findPlaces: findPlaces ?? (() => Promise.resolve(places)),
    onError: (error) => {
      throw error;
    },
    ...(backlog === undefined ? {} : { backlog }),
  });
  return {
    scheduler,
    begun,
    begin: () => begun.map(({ id }) => id),
    work,
    submit: (id, request = {}) => {
      const result = scheduler.submit({ id, kind: 'probe', work: work(id), ...request });
      result.catch(() => undefined);
      return result;
    },
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Runs that wait elsewhere, in their order. */
class ListBacklog implements Backlog {
  readonly states = new Map<string, JobState>();
  readonly failed: string[] = [];
  readonly asked: string[] = [];
  busy = new Set<string>();
  groups: Readonly<Record<string, readonly string[]>> = {};
  workOf: (id: string) => JobRequest<unknown>['work'] = () => () => Promise.resolve();

  constructor(...waiting: string[]) {
    for (const id of waiting) this.states.set(id, 'waiting');
  }
  first(): string | undefined {
    return [...this.states].find(([, state]) => state === 'waiting')?.[0];
  }
  busyPlaces(): ReadonlySet<string> {
    return this.busy;
  }
  take([place]: readonly Place[]): Taken | undefined {
    const id = this.first();
    if (id === undefined || place === undefined) return undefined;
    this.states.set(id, 'running');
    const work = async (turn: Turn): Promise<void> => {
      await this.workOf(id)(turn).catch(() => undefined);
      this.states.set(id, 'finished');
    };
    return { request: { id, kind: 'training', work }, place };
  }
  stateOf(id: string): JobState | undefined {
    return this.states.get(id);
  }
  nameOf(id: string): string {
    return `run ${id}`;
  }
  idsOf(group: string): readonly string[] {
    return this.groups[group] ?? [];
  }
  ask(id: string, event: string): void {
    this.asked.push(`${event} ${id}`);
    this.states.set(id, event === 'pause' ? 'paused' : 'stopped');
  }
  resume(ids: readonly string[]): readonly [] {
    for (const id of ids) this.states.set(id, 'waiting');
    return [];
  }
  fail(id: string): void {
    this.failed.push(id);
    this.states.set(id, 'failed');
  }
  look(): readonly [] {
    return [];
  }
  close(): void {
    this.asked.push('close');
  }
}

test('Each device has one job, in the order of asking, urgent ones first and background ones last.', async () => {
  const { submit, begin, begun, scheduler } = stage([gpu(0), gpu(1)]);
  void submit('a');
  void submit('b', { priority: 'background' });
  void submit('c');
  void submit('d', { priority: 'urgent' });
  await settled();
  expect(begin()).toEqual(['d', 'a']);
  expect(begun.map(({ place }) => place.name)).toEqual(['cuda:0', 'cuda:1']);
  expect(scheduler.active.map(({ id }) => id).sort()).toEqual(['a', 'd']);
  begun[1]!.finish();
  await settled();
  expect(begin()).toEqual(['d', 'a', 'c']);
  expect(begun[2]!.place.name).toBe('cuda:1');
  begun[0]!.finish();
  await settled();
  expect(begin().at(-1)).toBe('b');
});

test('The result is what the work gives or throws; the next one begins either way.', async () => {
  const { submit, begun } = stage();
  const first = submit('a');
  const second = submit('b');
  await settled();
  begun[0]!.fail(new TypeError('a defect'));
  await expect(first).rejects.toThrow('a defect');
  await settled();
  begun[1]!.finish(42);
  expect(await second).toBe(42);
});

test('The same id is the same work.', async () => {
  const { submit, begun } = stage();
  const [one, other] = [submit('a'), submit('a')];
  await settled();
  expect(begun).toHaveLength(1);
  begun[0]!.finish('done');
  expect(await Promise.all([one, other])).toEqual(['done', 'done']);
});

test('Runs of the backlog come after short work and before what can wait.', async () => {
  const backlog = new ListBacklog('r1', 'r2');
  const { submit, begin, begun, scheduler, work } = stage([cpu], { backlog });
  backlog.workOf = work;
  void submit('probe');
  void submit('export', { priority: 'background' });
  for (let i = 0; i < 4; i++) {
    await settled();
    begun.at(-1)!.finish();
  }
  expect(begin()).toEqual(['probe', 'r1', 'r2', 'export']);
  await settled();
  expect(scheduler.active).toEqual([]);
});

test('A device that others use is left to them until they are done.', async () => {
  const backlog = new ListBacklog('r1');
  backlog.busy.add('cpu');
  const { begin, scheduler, work } = stage([cpu], { backlog });
  backlog.workOf = work;
  scheduler.look();
  await settled();
  expect(begin()).toEqual([]);
  backlog.busy.clear();
  scheduler.look();
  await settled();
  expect(begin()).toEqual(['r1']);
});

test('A job waits for the jobs and the runs it comes after.', async () => {
  const backlog = new ListBacklog('r1');
  const { submit, begin, begun, work } = stage([gpu(0), gpu(1)], { backlog });
  backlog.workOf = work;
  void submit('a');
  void submit('b', { after: ['a', 'r1'], priority: 'urgent' });
  await settled();
  expect(begin()).toEqual(['a', 'r1']);
  begun[0]!.finish();
  await settled();
  expect(begin()).toHaveLength(2);
  begun[1]!.finish();
  await settled();
  expect(begin()).toEqual(['a', 'r1', 'b']);
});

test.each(['finished', 'ended'] as const)(
  'If what comes before fails, a job that needs it %s is told, or goes on.',
  async (needs) => {
    const { submit, begin, begun, scheduler } = stage([gpu(0), gpu(1)]);
    void submit('a');
    void submit('b');
    const after = submit('c', { after: ['a', 'b'], needs });
    await settled();
    begun[0]!.fail(new Error('no'));
    scheduler.stop(['b']);
    await settled();
    if (needs === 'ended') expect(begin()).toEqual(['a', 'b', 'c']);
    else
      await expect(after).rejects.toMatchObject({
        code: 'needed-job-ended',
        details: { needed: 'a', state: 'failed' },
      });
    const nothing = scheduler.submit({
      id: 'd',
      kind: 'probe',
      after: ['nobody'],
      work: () => Promise.resolve(),
    });
    await expect(nothing).rejects.toMatchObject({ code: 'needed-job-ended' });
  },
);

test('A paused job gives its device away, and begins anew when it is resumed.', async () => {
  const { submit, begin, begun, scheduler } = stage();
  const first = submit('a');
  void submit('b');
  await settled();
  expect(scheduler.pause(['a'])).toEqual([]);
  expect(begun[0]!.state()).toBe('pausing');
  await settled();
  expect(begin()).toEqual(['a', 'b']);
  scheduler.pause(['b']);
  await settled();
  expect(scheduler.active).toEqual([]);
  scheduler.resume(['a']);
  await settled();
  expect(begin()).toEqual(['a', 'b', 'a']);
  begun[2]!.finish('second time');
  expect(await first).toBe('second time');
});

test('A group is paused, resumed and cancelled as one, wherever its members are.', async () => {
  const backlog = new ListBacklog('r1', 'r2', 'r3');
  const { submit, begin, scheduler, work } = stage([gpu(0), gpu(1)], { backlog });
  backlog.workOf = work;
  backlog.groups = { study: ['r1', 'r2'] };
  const probe = submit('probe', { group: 'study' });
  await settled();
  expect(begin()).toEqual(['probe', 'r1']);
  expect(scheduler.pause({ group: 'study' })).toEqual([]);
  expect(backlog.asked).toEqual(['pause r2']);
  await settled();
  expect(begin()).toEqual(['probe', 'r1', 'r3']);
  scheduler.resume({ group: 'study' });
  await settled();
  expect(begin()).toEqual(['probe', 'r1', 'r3', 'probe']);
  scheduler.cancel({ group: 'study' });
  await expect(probe).rejects.toMatchObject({ code: 'cancelled' });
  expect(backlog.states.get('r2')).toBe('stopped');
});

test('What was asked of several is done to those that can, and the others are named with the reason.', async () => {
  const { submit, scheduler } = stage();
  void submit('a', { name: 'first' });
  const waiting = submit('b');
  await settled();
  expect(scheduler.resume(['a', 'nobody'])).toMatchObject([
    { id: 'a', name: 'first', error: { code: 'job-not-active', details: { status: 'running' } } },
    { id: 'nobody', error: { code: 'job-not-active' } },
  ]);
  expect(scheduler.cancel(['b', 'nobody'])).toMatchObject([{ id: 'nobody' }]);
  await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
});

test('A signal cancels a job, before its turn and in it.', async () => {
  const { submit, begun } = stage();
  const controller = new AbortController();
  const first = submit('a', { signal: controller.signal });
  const second = submit('b', { signal: controller.signal });
  await settled();
  controller.abort();
  expect(begun[0]!.abandon.aborted).toBe(true);
  await expect(first).rejects.toMatchObject({ code: 'cancelled' });
  await expect(second).rejects.toMatchObject({ code: 'cancelled' });
  await expect(submit('c', { signal: controller.signal })).rejects.toMatchObject({
    code: 'cancelled',
  });
  expect(begun).toHaveLength(1);
});

test('Without a device the run in turn fails and the others wait until somebody asks for something.', async () => {
  const backlog = new ListBacklog('r1', 'r2');
  let isThere = false;
  const { submit, begin, scheduler, work } = stage([], {
    backlog,
    findPlaces: () =>
      isThere ? Promise.resolve([cpu]) : Promise.reject(failure('no-python', 'No.')),
  });
  backlog.workOf = work;
  const probe = submit('probe');
  await expect(probe).rejects.toMatchObject({ code: 'no-python' });
  expect(backlog.failed).toEqual(['r1']);
  scheduler.look();
  scheduler.stop(['r1']);
  await settled();
  expect(backlog.failed).toEqual(['r1']);
  isThere = true;
  scheduler.resume(['r1']);
  await settled();
  expect(begin()).toEqual(['r1']);
});

test('Closing asks what runs to save itself, ends what does not, and lets go of what waits.', async () => {
  const backlog = new ListBacklog();
  const { submit, scheduler, begun } = stage([gpu(0), gpu(1)], { backlog });
  const polite = submit('polite');
  let isAbandoned = false;
  const deaf = submit('deaf', {
    work: ({ abandon }) =>
      new Promise((resolve) => {
        abandon.addEventListener('abort', () => {
          isAbandoned = true;
          resolve('at last');
        });
      }),
  });
  const waiting = submit('waiting');
  await settled();
  await scheduler.close(20);
  expect(begun[0]!.stop.aborted).toBe(true);
  await expect(polite).rejects.toMatchObject({ code: 'cancelled' });
  await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
  expect(await deaf).toBe('at last');
  expect(isAbandoned).toBe(true);
  expect(backlog.asked).toEqual(['close']);
  await expect(submit('late')).rejects.toMatchObject({ code: 'cancelled' });
});
