import { expect, test } from 'vitest';
import { exampleRun, temporaryFolder, temporaryLibrary } from './testing/temporary-folder.ts';

function withRuns(count: number) {
  const folder = temporaryFolder();
  const library = temporaryLibrary(folder);
  const ids = Array.from({ length: count }, () => library.runs.create(exampleRun()).id);
  const order = () => library.queue.list().map(({ id }) => ids.indexOf(id));
  return { folder, library, ids, order };
}

test('Runs wait in the order they came, or at the front, and move among those that wait.', () => {
  const { library, ids, order } = withRuns(5);
  library.queue.add(ids.slice(0, 3), 'back');
  library.queue.add([ids[3]!, ids[4]!], 'front');
  expect(order()).toEqual([3, 4, 0, 1, 2]);
  library.queue.add([ids[3]!], 'back');
  expect(order()).toEqual([4, 0, 1, 2, 3]);
  library.queue.move(ids[2]!, 1);
  expect(order()).toEqual([4, 2, 0, 1, 3]);
  library.queue.remove(ids[4]!);
  expect(order()).toEqual([2, 0, 1, 3]);
  expect(() => library.queue.move(ids[4]!, 0)).toThrow('does not wait');
});

test('A run on a device comes first and keeps its order apart; the queue outlives the library.', () => {
  const { folder, library, ids, order } = withRuns(3);
  library.queue.add(ids, 'back');
  library.runs.claim(ids[2]!);
  library.queue.assign(ids[2]!, 'cuda:1');
  expect(order()).toEqual([2, 0, 1]);
  library.queue.ask(ids[2]!, 'pause');
  const again = temporaryLibrary(folder);
  expect(again.queue.list()[0]).toEqual({
    id: ids[2],
    device: 'cuda:1',
    wish: 'pause',
    isAbandoned: false,
    hasDied: false,
    recoveries: 0,
    recoveredAtStep: null,
  });
});

test('A run whose process let go of it is abandoned, and waits in front once recovered.', () => {
  const { library, ids, order } = withRuns(2);
  library.queue.add(ids, 'back');
  library.runs.claim(ids[1]!);
  library.queue.assign(ids[1]!, 'cpu');
  library.runs.update(ids[1]!, { status: 'interrupted' });
  expect(library.queue.list()[0]).toMatchObject({ id: ids[1], isAbandoned: true });
  library.queue.recover(ids[1]!, 40, 2);
  expect(order()).toEqual([1, 0]);
  expect(library.queue.list()[0]).toMatchObject({
    device: null,
    recoveredAtStep: 40,
    recoveries: 2,
  });
});

test('Deleted runs are not listed, and purged ones are gone from the queue.', () => {
  const { library, ids, order } = withRuns(2);
  library.queue.add(ids, 'back');
  library.runs.delete(ids[0]!);
  expect(order()).toEqual([1]);
  library.runs.purge(ids[0]!);
  expect(order()).toEqual([1]);
});

test('The version differs after a change by any connection, and marks tell which run it was.', () => {
  const { folder, library, ids } = withRuns(2);
  const other = temporaryLibrary(folder);
  const before = library.version();
  const marks = new Map(library.runMarks().map(({ id, mark }) => [id, mark]));
  expect(library.version()).toBe(before);
  other.runs.claim(ids[1]!);
  expect(library.version()).not.toBe(before);
  const changed = library.runMarks().filter(({ id, mark }) => marks.get(id) !== mark);
  expect(changed).toMatchObject([{ id: ids[1], isOwned: true, isDeleted: false }]);
});

test('Settings keep what is not changed; presets replace those of their name.', () => {
  const { library } = withRuns(0);
  library.settings.change(() => ({ a: 1, b: { c: [2] } }));
  expect(library.settings.change((now) => ({ a: Number(now['a']) + 1 }))).toEqual({
    a: 2,
    b: { c: [2] },
  });
  library.presets.save('b', 1);
  library.presets.save('A', 2);
  library.presets.save('b', 3);
  expect(library.presets.list().map(({ name, spec }) => [name, spec])).toEqual([
    ['A', 2],
    ['b', 3],
  ]);
});
