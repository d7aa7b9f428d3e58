import { expect, test } from 'vitest';
import { matchFiles } from './match-files.ts';

test('files from elsewhere are found in a dataset by their paths, and never by a guess', () => {
  const files = ['cat/1.png', 'cat/2.png', 'dog/1.png', 'train/dog/7.png', 'dog/7.png'];
  const matched = (path: string) => matchFiles(files, [path])[0];
  expect(matched('cat/1.png')).toBe('cat/1.png');
  expect(matched('photos/cat/1.png')).toBe('cat/1.png');
  expect(matched('/home/me/train/dog/7.png')).toBe('train/dog/7.png');
  expect(matched('2.png')).toBe('cat/2.png');
  // Two are called so, none is, or it lies in another folder.
  expect(matched('1.png')).toBeNull();
  expect(matched('9.png')).toBeNull();
  expect(matched('bird/2.png')).toBeNull();
  expect(matched('acat/1.png')).toBeNull();
});
