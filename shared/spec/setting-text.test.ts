import { expect, test } from 'vitest';
import { settingText } from './setting-text.ts';

test.each([
  [0.1, '0.1'],
  [true, 'on'],
  ['A', 'A'],
  [undefined, 'none'],
  [[], 'none'],
  [[0.5, 0.75], '0.5, 0.75'],
  [{ kind: 'none' }, 'none'],
  [{ kind: 'cosine', rate: 0.1, warmup: undefined }, 'cosine (rate 0.1)'],
  [{ kind: 'steps', at: [0.5, 0.75], by: 0.1 }, 'steps (at [0.5, 0.75], by 0.1)'],
  [
    [
      { blocks: 2, width: 16 },
      { blocks: 3, width: 32 },
    ],
    'blocks 2, 3; width 16, 32',
  ],
  [[{ blocks: 2 }, { blocks: 2, stride: 1 }], '(blocks 2), (blocks 2, stride 1)'],
])('%j is written as %s', (value, text) => {
  expect(settingText(value)).toBe(text);
});
