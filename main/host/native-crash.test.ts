import { expect, test } from 'vitest';
import { explainNativeCrash } from './native-crash.ts';

test.each([
  ['SIGSEGV', []],
  ['SIGABRT', ['corrupted size vs. prev_size']],
  ['SIGABRT', ['malloc(): unaligned tcache chunk detected']],
  [null, ['free(): invalid pointer']],
] as const)('%s with %j is a crash of native code, and says what to do.', (signal, words) => {
  const sentence = explainNativeCrash(signal, words);
  expect(sentence).toContain('TF_ENABLE_ONEDNN_OPTS=0');
  expect(sentence).toContain('doctor --kernels');
});

test.each([
  ['SIGKILL', []],
  [
    'SIGABRT',
    ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'],
  ],
  ['SIGTERM', ['Error: nothing to read']],
  [null, ['TypeError: free is not a function']],
] as const)('%s with %j is something else.', (signal, words) => {
  expect(explainNativeCrash(signal, words)).toBeUndefined();
});
