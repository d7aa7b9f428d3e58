import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEEPEST_JSON, parseBoundedJson, TooDeepError } from './bounded-json.ts';

test('What is not too deep is parsed as JSON.parse does, brackets in text included.', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseBoundedJson(text)).toEqual(JSON.parse(text));
    }),
  );
  expect(
    parseBoundedJson(JSON.stringify(`${'['.repeat(1000)}\\"${'{'.repeat(1000)}`)),
  ).toHaveLength(2002);
});

test('A document may be as deep as the limit and no deeper.', () => {
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
  expect(parseBoundedJson(nested(DEEPEST_JSON))).toBeInstanceOf(Array);
  expect(() => parseBoundedJson(nested(DEEPEST_JSON + 1))).toThrow(TooDeepError);
  expect(() => parseBoundedJson('{"a":'.repeat(1_000_000))).toThrow(TooDeepError);
  expect(() => parseBoundedJson('[}')).toThrow(SyntaxError);
});
