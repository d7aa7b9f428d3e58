import { expect, test } from 'vitest';
import { createLastWords } from './last-words.ts';

test('Lines that arrive in pieces are put together, empty ones left out, old ones forgotten.', () => {
  const words = createLastWords(3);
  for (const piece of ['one\ntw', 'o\n\n', 'three\nfour', '\nfive']) words.add(piece);
  expect(words.lines()).toEqual(['three', 'four', 'five']);
});

test('Output without line ends does not grow without bound.', () => {
  const words = createLastWords(3);
  for (let i = 0; i < 1000; i++) words.add('x'.repeat(1000));
  expect(words.lines().join('').length).toBeLessThanOrEqual(500);
});

test('Greetings and native stacks push nothing out.', () => {
  const words = createLastWords(2);
  words.add('one\ntwo\n----- Native stack trace -----\n 1: 0xd3a3c0  [/usr/bin/node]\n');
  words.add('I0000 00:00:1.2  47 port.cc:153] oneDNN custom operations are on. You may\n');
  expect(words.lines()).toEqual(['one', 'two']);
});
