// For test files that touch TensorFlow: fails a test that leaves native tensors or sessions behind.
import { afterEach, beforeEach, expect } from 'vitest';
import { aliveCounts } from '../tensorflow/library.ts';

export function failOnLeaks(): void {
  let before = aliveCounts();
  beforeEach(() => {
    before = aliveCounts();
  });
  afterEach(() => {
    expect(aliveCounts(), 'native tensors and sessions alive after the test').toEqual(before);
  });
}
