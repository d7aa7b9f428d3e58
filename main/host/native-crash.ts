// The sentence about a trainer that native code has ended: a signal that no JavaScript raises, or glibc's
// words about overwritten memory.
const CRASHES: readonly (NodeJS.Signals | null)[] = [
  'SIGSEGV',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGILL',
];

const OVERWRITTEN =
  /corrupted (?:size|double-linked list|unsorted chunks)|malloc\(\): |free\(\): |malloc assertion failure|invalid fastbin|double free/;

/** Aborted for lack of memory, in words of its own. */
const OUT_OF_MEMORY = /out of memory|bad_alloc/i;

/** What happened and what to do; undefined for another end. */
export function explainNativeCrash(
  signal: NodeJS.Signals | null,
  words: readonly string[],
): string | undefined {
  const isOverwritten = words.some((line) => OVERWRITTEN.test(line));
  if (!CRASHES.includes(signal) && !isOverwritten) return undefined;
  if (words.some((line) => OUT_OF_MEMORY.test(line))) return undefined;
  const how = isOverwritten ? 'overwrote memory' : 'crashed';
  return (
    `TensorFlow's native code ${how} (${signal ?? 'exit'}). ` +
    'The run can be resumed from its last checkpoint; if it ends the same way, set ' +
    "TF_ENABLE_ONEDNN_OPTS=0 to train with TensorFlow's own kernels. " +
    '"resnet-lab doctor --kernels" finds out which convolutions are wrong on this processor.'
  );
}
