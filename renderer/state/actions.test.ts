import { expect, test } from 'vitest';
import { Actions } from './actions.svelte.ts';

const none = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

function prepare() {
  const done: string[] = [];
  const actions = new Actions({ isMac: false });
  const action = (id: string, shortcut: string) => ({
    id,
    shortcut,
    title: id,
    section: 'Test',
    run: () => void done.push(id),
  });
  return { done, actions, action };
}

test('a shortcut of two keys works when they follow each other quickly, and only then', () => {
  const { done, actions, action } = prepare();
  actions.register([action('runs', 'g r')]);
  actions.onKey({ ...none, key: 'g' }, { isTyping: false, nowMs: 0 });
  actions.onKey({ ...none, key: 'r' }, { isTyping: false, nowMs: 5_000 });
  expect(done).toEqual([]);
  actions.onKey({ ...none, key: 'g' }, { isTyping: false, nowMs: 10_000 });
  actions.onKey({ ...none, key: 'r' }, { isTyping: false, nowMs: 10_200 });
  expect(done).toEqual(['runs']);
});

test('while the user types only shortcuts with Ctrl are taken', () => {
  const { done, actions, action } = prepare();
  actions.register([action('help', '?'), action('palette', 'mod+k')]);
  actions.onKey({ ...none, key: '?' }, { isTyping: true, nowMs: 0 });
  actions.onKey({ ...none, key: 'k', ctrlKey: true }, { isTyping: true, nowMs: 0 });
  expect(done).toEqual(['palette']);
});

test('the action registered last wins, until it is taken away', () => {
  const { done, actions, action } = prepare();
  actions.register([action('general', 'n')]);
  const remove = actions.register([action('of the page', 'n')]);
  actions.onKey({ ...none, key: 'n' }, { isTyping: false, nowMs: 0 });
  remove();
  actions.onKey({ ...none, key: 'n' }, { isTyping: false, nowMs: 9_000 });
  expect(done).toEqual(['of the page', 'general']);
});
