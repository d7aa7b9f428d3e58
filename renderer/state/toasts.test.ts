import { expect, test, vi } from 'vitest';
import { Toasts, UNDO } from './toasts.svelte.ts';

test('The newest note that offers something is accepted, and goes; those that offer nothing stay.', () => {
  const toasts = new Toasts();
  const undone: string[] = [];
  const offer = (name: string) => ({
    title: `${name} deleted`,
    action: { label: 'Undo', run: () => void undone.push(name) },
  });
  toasts.accept();
  toasts.show(offer('one'));
  toasts.show(offer('two'));
  toasts.show({ title: 'Saved' });
  toasts.accept();
  toasts.accept();
  toasts.accept();
  expect(undone).toEqual(['two', 'one']);
  expect(toasts.list.map(({ title }) => title)).toEqual(['Saved']);
});

test('What was done last can be undone once, also after its note has gone.', () => {
  const toasts = new Toasts();
  const undone: string[] = [];
  for (const name of ['one', 'two']) {
    const action = { label: UNDO, run: () => void undone.push(name) };
    toasts.dismiss(toasts.show({ title: name, action }));
  }
  toasts.accept();
  toasts.accept();
  expect(undone).toEqual(['two']);
});

test('A note that offers something stays longer than one that only tells.', () => {
  vi.useFakeTimers();
  const toasts = new Toasts();
  toasts.show({ title: 'Saved' });
  toasts.show({ title: 'Deleted', action: { label: 'Undo', run: () => undefined } });
  vi.advanceTimersByTime(7_000);
  expect(toasts.list.map(({ title }) => title)).toEqual(['Deleted']);
  vi.advanceTimersByTime(13_000);
  expect(toasts.list).toEqual([]);
  vi.useRealTimers();
});
