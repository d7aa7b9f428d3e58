// What other trackers call the curves that runs here have as well, so that they lie over each other. Pure.

/** Lower case, without separators: `Val Loss`, `val/loss` and `valLoss` are one. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
}

const TRAIN = ['', 'train', 'training', 'tr'];
const VALIDATION = ['val', 'valid', 'validation', 'eval', 'dev'];
const LOSS = ['loss', 'crossentropy', 'celoss'];
const ACCURACY = ['accuracy', 'acc', 'top1', 'acc1', 'top1accuracy', 'accuracytop1'];

const KNOWN: ReadonlyMap<string, string> = new Map([
  ...both(TRAIN, LOSS).map((name) => [name, 'train/loss'] as const),
  ...both(TRAIN, ACCURACY).map((name) => [name, 'train/accuracy'] as const),
  ...both(VALIDATION, LOSS).map((name) => [name, 'val/loss'] as const),
  ...both(VALIDATION, ACCURACY).map((name) => [name, 'val/accuracy'] as const),
  ...both(['test'], LOSS).map((name) => [name, 'test/loss'] as const),
  ...both(['test'], ACCURACY).map((name) => [name, 'test/accuracy'] as const),
  ...['lr', 'learningrate', 'trainlr', 'trainrate', 'rate', 'lrsgd', 'lradam'].map(
    (name) => [name, 'train/rate'] as const,
  ),
]);

function both(prefixes: readonly string[], words: readonly string[]): string[] {
  return prefixes.flatMap((prefix) =>
    words.flatMap((word) => [`${prefix}${word}`, `${word}${prefix}`]),
  );
}

/** The name that runs here use for it; undefined: it keeps its own. */
export function knownSeries(name: string): string | undefined {
  return KNOWN.get(plain(name));
}

const STEPS = [
  'step',
  'steps',
  'globalstep',
  'trainerglobalstep',
  'iteration',
  'iterations',
  'iter',
];
const EPOCHS = ['epoch', 'epochs'];
const TIMES = ['timestamp', 'walltime', 'time', 'datetime', 'date', 'createdat'];
const DURATIONS = ['runtime', 'relativetime', 'elapsed', 'relativetimeprocess', 'elapsedtime'];

export type XRole = 'step' | 'epoch' | 'time' | 'duration';

/** Whether a column says where points stand. */
export function knownX(name: string): XRole | undefined {
  const word = plain(name);
  if (STEPS.includes(word)) return 'step';
  if (EPOCHS.includes(word)) return 'epoch';
  if (TIMES.includes(word)) return 'time';
  return DURATIONS.includes(word) ? 'duration' : undefined;
}

/** Words of a table with a line for each value: which metric, its value, which run. */
export function longRole(name: string): 'metric' | 'value' | 'run' | undefined {
  const word = plain(name);
  if (['metric', 'key', 'tag', 'metricname', 'metrickey'].includes(word)) return 'metric';
  if (['value', 'metricvalue'].includes(word)) return 'value';
  return ['run', 'runid', 'runname', 'runuuid'].includes(word) ? 'run' : undefined;
}

export function isShare(name: string): boolean {
  return name.endsWith('/accuracy');
}
