import { expect, test } from 'vitest';
import { pressText, shortcutLabel } from './shortcut.ts';

const none = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

test('a press is text, with the modifier that the platform uses', () => {
  expect(pressText({ ...none, key: 'k', ctrlKey: true }, false)).toBe('mod+k');
  expect(pressText({ ...none, key: 'k', metaKey: true }, true)).toBe('mod+k');
  expect(pressText({ ...none, key: 'K', ctrlKey: true, shiftKey: true }, false)).toBe(
    'mod+shift+k',
  );
});

test('a sign that needs Shift is only the sign, a modifier alone is nothing', () => {
  expect(pressText({ ...none, key: '?', shiftKey: true }, false)).toBe('?');
  expect(pressText({ ...none, key: 'Shift', shiftKey: true }, false)).toBeUndefined();
});

test('a shortcut is shown as the platform writes it', () => {
  expect(shortcutLabel('mod+k', false)).toBe('Ctrl K');
  expect(shortcutLabel('mod+k', true)).toBe('⌘ K');
  expect(shortcutLabel('g r', false)).toBe('G then R');
});
