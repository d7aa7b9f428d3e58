import { expect, test } from 'vitest';
import { pageTitle } from './page-title.ts';

const runs = [{ id: 'r-1', name: 'Race (plain)' }];

test.each([
  ['start', [], 'ResNet Lab'],
  ['runs', [], 'Runs · ResNet Lab'],
  ['run', ['r-1', 'mistakes'], 'Race (plain) · ResNet Lab'],
  ['run', ['r-gone'], 'Run · ResNet Lab'],
  ['datasets', ['/data/pets/'], 'pets · ResNet Lab'],
  ['datasets', ['C:\\data\\pets'], 'pets · ResNet Lab'],
  ['datasets', [], 'Datasets · ResNet Lab'],
] as const)('the page %s %j is called “%s”', (page, path, title) => {
  expect(pageTitle({ page, path }, runs)).toBe(title);
});
