import { expect, test, vi } from 'vitest';
import { Toasts } from './toasts.svelte.ts';

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
