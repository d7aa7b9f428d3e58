import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
// Plain JavaScript, run before anything is built.
// @ts-expect-error -- it has no types
import * as script from './test-node24.mjs';

const { CHOSEN, LEFT_OUT } = script as Readonly<
  Record<'CHOSEN' | 'LEFT_OUT', Readonly<Record<string, string>>>
>;
const project = fileURLToPath(new URL('../../', import.meta.url));

function holdsTests(place: string): boolean {
  const found = path.join(project, place);
  if (!place.endsWith('/')) return place.endsWith('.test.ts') && fs.existsSync(found);
  const names = fs.readdirSync(found, { recursive: true, encoding: 'utf8' });
  return names.some((name) => name.endsWith('.test.ts'));
}

// A name that fits nothing would leave tests out without a word.
test.each(Object.keys({ ...CHOSEN, ...LEFT_OUT }))('%s is there and holds tests.', (place) => {
  expect(holdsTests(place)).toBe(true);
});

test('What is left out is a part of what was chosen.', () => {
  for (const file of Object.keys(LEFT_OUT)) {
    expect(Object.keys(CHOSEN).some((place) => file.startsWith(place))).toBe(true);
  }
});
