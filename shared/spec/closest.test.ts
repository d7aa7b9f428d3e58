import { expect, test } from 'vitest';
import { closestNames, editDistance } from './closest.ts';

test.each([
  ['', '', 0],
  ['resnet', '', 6],
  ['kitten', 'sitting', 3],
  ['widht', 'width', 2],
])('from %s to %s takes %s+%s=%d steps', (...[a, b, steps]) => {
  expect(editDistance(a, b)).toBe(steps);
  expect(editDistance(b, a)).toBe(steps);
});

test('the nearest names come first and far ones not at all', () => {
  expect(closestNames('resnet21', ['vgg16', 'resnet20', 'plain20', 'resnet110'])).toEqual([
    'resnet20',
    'resnet110',
  ]);
  expect(closestNames('transformer', ['resnet20'])).toEqual([]);
});

test('the start of a name is close to it however long the rest is', () => {
  expect(closestNames('resnext', ['resnet20', 'resnext101_32x8d'])).toContain('resnext101_32x8d');
});
