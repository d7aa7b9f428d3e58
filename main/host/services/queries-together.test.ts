import { expect, test } from 'vitest';
import { askTogether } from './queries-together.ts';

function counting() {
  let transactions = 0;
  const atOnce = <T>(work: () => T): T => {
    transactions++;
    return work();
  };
  return { snapshot: atOnce, count: () => transactions };
}

test('what is asked in one turn is answered from one transaction, in order, each for itself', async () => {
  const library = counting();
  const ask = askTogether(library);
  const answers: number[] = [];
  const asked = Array.from({ length: 50 }, (_, i) =>
    ask(() => {
      if (i === 7) throw new Error('no such run');
      return i;
    }).then((value) => answers.push(value)),
  );
  const ended = await Promise.allSettled(asked);
  expect(library.count()).toBe(1);
  expect(ended.flatMap(({ status }, i) => (status === 'rejected' ? [i] : []))).toEqual([7]);
  expect(answers).toEqual(Array.from({ length: 50 }, (_, i) => i).filter((i) => i !== 7));
  expect(await ask(() => 'later')).toBe('later');
  expect(library.count()).toBe(2);
});

test('long queries do not keep the library to themselves', async () => {
  const library = counting();
  const ask = askTogether(library);
  const slow = (): void => {
    const end = performance.now() + 60;
    while (performance.now() < end);
  };
  await Promise.all([ask(slow), ask(slow), ask(slow)]);
  expect(library.count()).toBe(3);
});

test('when the library can not be read, everyone who waits is told', async () => {
  const ask = askTogether({
    snapshot: () => {
      throw new Error('busy');
    },
  });
  const ended = await Promise.allSettled([ask(() => 1), ask(() => 2)]);
  expect(ended.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
