import { expect, test } from 'vitest';
import { shortLabels } from './short-labels.ts';

test.each([
  [
    ['resnet20 rate 0.1 batch 64', 'plain20 rate 0.1 batch 64'],
    ['resnet20', 'plain20'],
  ],
  [
    ['resnet20 rate 0.1 seed 0', 'plain20 rate 0.1 seed 1'],
    ['resnet20 seed 0', 'plain20 seed 1'],
  ],
  [
    ['wide rate 0.1', 'wide rate 0.05'],
    ['rate 0.1', 'rate 0.05'],
  ],
  [
    [
      'resnet20 rate 0.1 batch 64',
      'plain20 rate 0.1 batch 64',
      'resnet32 rate 0.1 batch 64 seed 0',
    ],
    ['resnet20', 'plain20', 'resnet32 seed 0'],
  ],
  [
    ['resnet20 batch 64', 'resnet20 batch 128 seed 1'],
    ['batch 64', 'batch 128 seed 1'],
  ],
  [
    ['Race', 'Race (plain)'],
    ['Race', 'Race (plain)'],
  ],
  [
    ['my Race of today', 'my plain Race of today'],
    ['Race', 'plain Race'],
  ],
  [
    ['training', 'validation'],
    ['training', 'validation'],
  ],
  [
    ['same', 'same'],
    ['same', 'same'],
  ],
  [['alone at last'], ['alone at last']],
])('the names %j become %j', (labels, short) => {
  expect(shortLabels(labels)).toEqual(short);
});
