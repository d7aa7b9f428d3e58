// The datasets that the program makes itself: `builtin:NAME` or `builtin:NAME?train=2000&val=500&seed=7`.
import { inputError } from '../../shared/errors.ts';
import type { SplitName } from './dataset.ts';
import {
  createShapes,
  type ShapesOptions,
  SHAPES_CHANNELS,
  SHAPES_CLASSES,
  SHAPES_SIDE,
  SHAPES_VERSION,
} from './shapes.ts';
import type { Source, SourceRow } from './source.ts';

export const BUILTIN_PREFIX = 'builtin:';

interface Builtin {
  readonly describe: string;
  /** The parameters it takes, with their defaults. */
  readonly defaults: Readonly<Record<string, number>>;
  open(parameters: Readonly<Record<string, number>>): Source;
}

const BUILTINS: Readonly<Record<string, Builtin>> = {
  shapes: {
    describe: 'ten classes of striped and spotted figures, 32×32 colour, generated from a seed',
    defaults: { train: 10_000, val: 2_000, test: 0, seed: 0, decoys: 1, colours: 1 },
    open: openShapes,
  },
};

/** What exists, for help texts. */
export function listBuiltins(): { readonly name: string; readonly describe: string }[] {
  return Object.entries(BUILTINS).map(([name, { describe }]) => ({
    name: BUILTIN_PREFIX + name,
    describe,
  }));
}

export function openBuiltin(text: string): Source {
  const [name = '', query = ''] = text.slice(BUILTIN_PREFIX.length).split('?', 2);
  const builtin = Object.hasOwn(BUILTINS, name) ? BUILTINS[name] : undefined;
  if (builtin === undefined) {
    const known = listBuiltins().map((entry) => entry.name);
    throw inputError(
      'unknown-builtin',
      `There is no built-in dataset "${name}"; there is ${known.join(', ')}.`,
      { path: text, details: { known } },
    );
  }
  const parameters: Record<string, number> = { ...builtin.defaults };
  for (const [key, value] of new URLSearchParams(query)) {
    if (!Object.hasOwn(builtin.defaults, key)) {
      throw inputError(
        'unknown-parameter',
        `${BUILTIN_PREFIX}${name} has no parameter "${key}"; it has ${Object.keys(builtin.defaults).join(', ')}.`,
        { path: text },
      );
    }
    if (!/^\d{1,9}$/.test(value)) {
      throw inputError(
        'bad-parameter',
        `${key} of ${BUILTIN_PREFIX}${name} is "${value}"; it must be a whole number from 0 to 999999999.`,
        { path: text },
      );
    }
    parameters[key] = Number(value);
  }
  return builtin.open(parameters);
}

function openShapes(parameters: Readonly<Record<string, number>>): Source {
  const { train = 0, val = 0, test = 0, seed = 0, decoys = 1, colours = 1 } = parameters;
  // Not part of the key where it changes nothing: packs of earlier versions stay valid.
  const { colours: _, ...others } = parameters;
  const keyed = colours > 0 ? others : parameters;
  if (train < SHAPES_CLASSES.length) {
    throw inputError(
      'bad-parameter',
      `train of builtin:shapes is ${train}; it must be at least ${SHAPES_CLASSES.length}, one image per class.`,
    );
  }
  const counts: readonly (readonly [SplitName, number])[] = [
    ['train', train],
    ['val', val],
    ['test', test],
  ];
  return {
    name: 'shapes',
    key: { kind: 'builtin', name: 'shapes', version: SHAPES_VERSION, ...keyed },
    read: () =>
      Promise.resolve({
        kind: 'builtin',
        shape: { height: SHAPES_SIDE, width: SHAPES_SIDE, channels: SHAPES_CHANNELS },
        classes: SHAPES_CLASSES,
        rows: shapesRows({ seed, decoys: decoys > 0, colours: colours > 0 }, counts),
        problems: [],
        expectedRows: train + val + test,
      }),
  };
}

// oxlint-disable-next-line typescript/require-await -- a source's rows are asynchronous
async function* shapesRows(
  options: ShapesOptions,
  counts: readonly (readonly [SplitName, number])[],
): AsyncGenerator<SourceRow, void, undefined> {
  const shapes = createShapes(options);
  const pixels = new Uint8Array(SHAPES_SIDE * SHAPES_SIDE * SHAPES_CHANNELS);
  const size = { width: SHAPES_SIDE, height: SHAPES_SIDE };
  for (const [split, count] of counts) {
    for (let i = 0; i < count; i++) {
      shapes.draw(split, i, pixels, 0);
      yield { split, label: shapes.labelOf(i), source: `${split} ${i}`, ...size, pixels };
    }
  }
}
