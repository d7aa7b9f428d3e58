// Draws small architectures from the schema itself, every field of it, for tests of properties that hold for
// all of them. What the parser refuses is drawn again; so whatever it accepts must work.
import fc, { type Arbitrary } from 'fast-check';
import { AppError } from '../../../shared/errors.ts';
import { ArchitectureSpec, type ArchitectureInput } from '../../../shared/spec/architecture.ts';
import { withoutEffect } from '../../../shared/spec/architecture-fields.ts';
import { arbitraryOf } from '../../../shared/spec/testing/arbitrary-of.ts';
import { parseArchitecture } from '../../zoo/parse-architecture.ts';

const width = fc.constantFrom(4, 8);
const perhaps = <T>(value: T, otherwise: Arbitrary<T>): Arbitrary<T> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(value) }, otherwise);

/** Small enough to compute in a moment; the schema's own ranges where size is no matter. */
const SMALL: Readonly<Record<string, Arbitrary<unknown>>> = {
  name: fc.constant('random'),
  'stem.width': width,
  'stages.*.blocks': fc.integer({ min: 1, max: 2 }),
  'stages.*.width': width,
  'stages.*.stride': fc.constantFrom(1, 1, 2),
  'stages.*.dilation': fc.constantFrom(1, 1, 2),
  'stages.*.widths': perhaps<unknown>(
    null,
    fc.oneof(fc.tuple(width, width), fc.tuple(width, width, width)),
  ),
  widthMultiplier: fc.constantFrom(1, 1, 1.5),
  'block.expansion': fc.constantFrom(2, 4),
  'block.groups': fc.constantFrom(1, 1, 2),
  'block.baseWidth': fc.constantFrom(64, 64, 128),
  'block.dropout': perhaps(0, fc.constant(0.3)),
  'block.squeezeExcitation': perhaps<unknown>(null, fc.constant(4)),
  'merge.branch': fc.constantFrom(0.5, 1),
  'merge.shortcut': fc.constantFrom(0.5, 0.9),
  'merge.bias': fc.double({ min: -3, max: 1, noNaN: true }),
  'merge.rate': fc.constantFrom(0.2, 0.5),
  'sampling.survival': fc.constantFrom(0.5, 0.8),
  'sampling.blocks': fc.integer({ min: 1, max: 2 }),
  groupNorm: perhaps<unknown>(null, fc.constant(2)),
  'decoder.latent': fc.constantFrom(2, 16),
  'decoder.blocks': fc.constant(null),
};

const MOST_STAGES = 2;

/** Valid specs only, in their canonical form; with a decoder, too. */
export const architectures = drawnFrom(SMALL);

/** Those without a decoder. */
export const classifiers = drawnFrom({ ...SMALL, decoder: fc.constant({ kind: 'none' }) });

function drawnFrom(
  instead: Readonly<Record<string, Arbitrary<unknown>>>,
): Arbitrary<ArchitectureSpec> {
  return arbitraryOf(ArchitectureSpec, { instead })
    .map((drawn) => parsed(fitted(drawn as ArchitectureInput)))
    .filter((spec) => spec !== undefined);
}

/** What would nearly always be refused is made to fit: the last of the widths, and fields without effect. */
function fitted(drawn: ArchitectureInput): ArchitectureInput {
  const spec = {
    ...drawn,
    stages: drawn.stages.slice(0, MOST_STAGES).map((stage) => ({
      ...stage,
      width: stage.widths?.at(-1) ?? stage.width,
    })),
  };
  const isWithout = (key: string): boolean => withoutEffect(key, spec) !== undefined;
  const { merge, sampling, zeroInitLastScale, block, ...rest } = spec;
  const { expansion, baseWidth, ...blockRest } = block;
  return {
    ...rest,
    ...(isWithout('merge') ? {} : { merge }),
    ...(isWithout('sampling') ? {} : { sampling }),
    ...(isWithout('zeroInitLastScale') ? {} : { zeroInitLastScale }),
    block: {
      ...blockRest,
      ...(isWithout('block.expansion') ? {} : { expansion }),
      ...(isWithout('block.baseWidth') ? {} : { baseWidth }),
    },
  };
}

function parsed(drawn: ArchitectureInput): ArchitectureSpec | undefined {
  try {
    return parseArchitecture(drawn);
  } catch (error) {
    if (error instanceof AppError && error.fault === 'input') return undefined;
    throw error;
  }
}
