// Which tensors of a weight file belong to which weights of a network. Works on names and shapes alone,
// so that a file that does not fit can be refused before a run is made. Pure.
import { inputError } from '../../shared/errors.ts';
import type { Weight } from './parameters.ts';

/** Prefixes of what a checkpoint of this app holds besides weights. */
const OPTIMIZER_PREFIX = 'optimizer.';
const AVERAGE_PREFIX = 'average.';
const NORMALIZATION_PREFIX = 'normalization.';

/** Names of tensors to their shapes, as a file's header has them. */
export type TensorShapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

export interface WeightMatch {
  /** Weight → name in the file. */
  readonly names: ReadonlyMap<Weight, string>;
  /** Weights that the file is not asked for: they start anew. */
  readonly fresh: readonly Weight[];
  /** Weight tensors of the file that stay there. */
  readonly left: readonly string[];
}

export interface MatchOptions {
  /** Leave the last layer: it starts anew, whatever the file has there. */
  readonly newHead?: boolean;
  /** Take a checkpoint's averaged weights where it has them, as evaluation does. */
  readonly averaged?: boolean;
}

/** Without what a wrapper puts before every name: DataParallel `module.`, Lightning `model.`, torch.compile `_orig_mod.`. */
export function plainName(name: string): string {
  return name.replace(/^(?:(?:module|model|_orig_mod)\.)+/, '');
}

/**
 * Extra entries that PyTorch writes besides (`num_batches_tracked`) are passed over; DataParallel's
 * `module.` and Lightning's `model.` before every name are accepted.
 * @throws inputError `weights-mismatch` naming what is missing, unexpected or of another shape
 */
export function matchWeights(
  file: string,
  tensors: TensorShapes,
  weights: readonly Weight[],
  { newHead = false, averaged = false }: MatchOptions = {},
): WeightMatch {
  const plain = new Map([...tensors.keys()].map((name) => [plainName(name), name]));
  const fresh = newHead ? weights.filter(isLastLayer) : [];
  const wanted = weights.filter((weight) => !fresh.includes(weight));
  const names = new Map<Weight, string>();
  for (const weight of wanted) {
    const average = averaged ? plain.get(AVERAGE_PREFIX + weight.name) : undefined;
    const name = average ?? plain.get(weight.name);
    if (name !== undefined) names.set(weight, name);
  }
  const known = new Set(weights.map(({ name }) => name));
  const unexpected = [...plain.keys()].filter(
    (name) =>
      !known.has(name) &&
      !name.startsWith(OPTIMIZER_PREFIX) &&
      !name.startsWith(AVERAGE_PREFIX) &&
      !name.startsWith(NORMALIZATION_PREFIX) &&
      !name.endsWith('.num_batches_tracked'),
  );
  const missing = wanted.filter((weight) => !names.has(weight));
  const reshaped = wanted.filter((weight) => {
    const shape = tensors.get(names.get(weight) ?? '')?.shape;
    return shape !== undefined && shape.join() !== weight.fileShape.join();
  });
  if (missing.length + unexpected.length + reshaped.length > 0) {
    throw mismatch(file, {
      missing: missing.map(({ name }) => name),
      unexpected,
      reshaped: reshaped.map(
        (weight) =>
          `${weight.name} is [${(tensors.get(names.get(weight) ?? '')?.shape ?? []).join(', ')}], not [${weight.fileShape.join(', ')}]`,
      ),
      isOnlyHead: missing.length + unexpected.length === 0 && reshaped.every(isLastLayer),
    });
  }
  const left = fresh.flatMap(({ name }) => (plain.has(name) ? [name] : []));
  return { names, fresh, left };
}

/** The layer whose size is the number of classes. */
function isLastLayer({ unit, role }: Weight): boolean {
  return unit === 'head' && (role === 'matrix' || role === 'bias');
}

function mismatch(
  file: string,
  found: {
    readonly missing: readonly string[];
    readonly unexpected: readonly string[];
    readonly reshaped: readonly string[];
    readonly isOnlyHead: boolean;
  },
): Error {
  const { missing, unexpected, reshaped } = found;
  const problems = [
    ...(missing.length > 0 ? [`${missing.length} missing (${some(missing)})`] : []),
    ...(unexpected.length > 0 ? [`${unexpected.length} unexpected (${some(unexpected)})`] : []),
    ...reshaped.slice(0, 3),
  ];
  const advice = found.isOnlyHead
    ? 'It was trained for other classes: use --new-head to train a new last layer on the rest.'
    : 'Choose the architecture, input channels and number of classes that the weights were trained with.';
  return inputError(
    'weights-mismatch',
    `${file} does not fit this network: ${problems.join('; ')}. ${advice}`,
    { path: file, details: { missing, unexpected, reshaped } },
  );
}

function some(names: readonly string[]): string {
  return names.slice(0, 3).join(', ') + (names.length > 3 ? ', …' : '');
}
