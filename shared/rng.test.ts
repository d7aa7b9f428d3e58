import { expect, test } from 'vitest';
import { createRng } from './rng.ts';

test.each([0, 1, 2, 7, 1000])(
  'Filling %i values draws what as many single calls draw.',
  (count) => {
    for (const before of [0, 1, 2]) {
      const [filling, single] = [createRng(3, 'w'), createRng(3, 'w')];
      for (let i = 0; i < before; i++) expect(filling.normal()).toBe(single.normal());
      const values = new Float32Array(count);
      filling.fillNormal(values, 0.1);
      expect(values).toEqual(Float32Array.from({ length: count }, () => single.normal() * 0.1));
      // What is left of a pair is the next value of both.
      expect(filling.normal()).toBe(single.normal());
    }
  },
);
