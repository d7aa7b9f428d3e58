import { expect, test } from 'vitest';
import { failure, inputError } from '../../../shared/errors.ts';
import { exampleRun, temporaryLibrary } from '../../store/testing/temporary-folder.ts';
import { createRunEndings, type RunEnding } from './run-endings.ts';

const full = failure('disk-full', 'There is no space left.');

function stage() {
  const library = temporaryLibrary();
  const run = library.runs.claim(library.runs.create(exampleRun()).id);
  const told: string[] = [];
  const endings = createRunEndings({
    read: (id) => library.runs.get(id),
    onChange: ({ status }) => told.push(status),
  });
  const problem: { now: Error | undefined } = { now: undefined };
  const changes = { status: 'interrupted', step: 7, error: null } as const;
  const ending: RunEnding = {
    changes,
    write: () => {
      if (problem.now !== undefined) throw problem.now;
      return library.runs.update(run.id, changes);
    },
  };
  return { library, run, told, endings, problem, ending };
}

test('An end that the disk takes is written and nothing is held.', () => {
  const { endings, run, ending, library, told } = stage();
  expect(endings.settle(run, ending)).toMatchObject({ status: 'interrupted', step: 7 });
  const written = library.runs.get(run.id);
  expect(endings.seen(written)).toBe(written);
  expect(told).toEqual([]);
});

test('An end that a full disk refuses is seen with the reason, and written when there is space.', () => {
  const { endings, run, ending, library, problem, told } = stage();
  problem.now = full;
  expect(endings.settle(run, ending)).toMatchObject({
    status: 'interrupted',
    step: 7,
    owner: null,
    error: { code: 'disk-full' },
  });
  expect(library.runs.get(run.id).status).toBe('running');
  expect(endings.seen(library.runs.get(run.id)).status).toBe('interrupted');
  endings.retry();
  expect(() => endings.requireWritten(run.id)).toThrow(full);
  problem.now = undefined;
  endings.requireWritten(run.id);
  expect(library.runs.get(run.id)).toMatchObject({ status: 'interrupted', step: 7, error: null });
  expect(told).toEqual(['interrupted', 'interrupted']);
});

test('What is no matter of the disk is not held.', () => {
  const { endings, run, ending, problem } = stage();
  problem.now = inputError('no-such-run', 'There is no such run.');
  expect(() => endings.settle(run, ending)).toThrow(problem.now);
  problem.now = full;
  endings.settle(run, ending);
  problem.now = new TypeError('a defect');
  expect(() => endings.retry()).toThrow('a defect');
  expect(endings.seen(run)).toBe(run);
});

test('The end of a run that goes on is not written any more.', () => {
  const { endings, run, ending, library, problem } = stage();
  problem.now = full;
  endings.settle(run, ending);
  endings.forget(run.id);
  problem.now = undefined;
  endings.retry();
  expect(library.runs.get(run.id).status).toBe('running');
});
