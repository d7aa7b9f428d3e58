// Draws small architectures of every kind that the spec knows, for tests of properties that hold for all
// of them. What the parser refuses is drawn again; so whatever it accepts must work.
import fc from 'fast-check';
import { AppError } from '../../../shared/errors.ts';
import type { ArchitectureInput, ArchitectureSpec } from '../../../shared/spec/architecture.ts';
import { parseArchitecture } from '../../zoo/parse-architecture.ts';

const width = fc.constantFrom(4, 8);

const widths = fc.option(
  fc.oneof(fc.tuple(width, width), fc.tuple(width, width, width)).map((list) => [...list]),
  { freq: 4 },
);

const stage = fc
  .record({
    blocks: fc.integer({ min: 1, max: 2 }),
    width,
    stride: fc.constantFrom(1, 1, 2),
    dilation: fc.constantFrom(1, 1, 2),
    widths,
  })
  .map((drawn) => ({ ...drawn, width: drawn.widths?.at(-1) ?? drawn.width }));

const block = fc
  .record({
    kind: fc.constantFrom('basic', 'bottleneck', 'single'),
    order: fc.constantFrom(
      'original',
      'bn-after-addition',
      'relu-before-addition',
      'relu-only-preactivation',
      'full-preactivation',
    ),
    groups: fc.constantFrom(1, 1, 2),
    dropout: fc.constantFrom(0, 0, 0.3),
    squeezeExcitation: fc.constantFrom(null, null, 4),
    expansion: fc.constantFrom(2, 4),
  })
  .map((drawn) => ({ ...drawn, expansion: drawn.kind === 'bottleneck' ? drawn.expansion : 4 }));

const bias = fc.double({ min: -3, max: 1, noNaN: true });

const merge = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: 'add' as const }) },
  fc.record({
    kind: fc.constant('scaling' as const),
    branch: fc.constantFrom(0.5, 1),
    shortcut: fc.constantFrom(0.5, 0.9),
  }),
  fc.record({ kind: fc.constantFrom('exclusive-gating', 'shortcut-gating', 'highway'), bias }),
  fc.record({ kind: fc.constant('dropout' as const), rate: fc.constantFrom(0.2, 0.5) }),
);

const sampling = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: 'all' as const }) },
  fc.record({
    kind: fc.constant('stochastic-depth' as const),
    rule: fc.constantFrom('linear', 'uniform'),
    survival: fc.constantFrom(0.5, 0.8),
  }),
  fc.record({ kind: fc.constant('exactly' as const), blocks: fc.integer({ min: 1, max: 2 }) }),
);

const anything = fc.record({
  stem: fc.record({ kind: fc.constantFrom('cifar', 'cifar', 'imagenet', 'imagenet-d'), width }),
  stages: fc.array(stage, { minLength: 1, maxLength: 2 }),
  widthMultiplier: fc.constantFrom(1, 1, 1.5),
  block,
  shortcut: fc.constantFrom('none', 'A', 'B', 'B', 'C', 'D'),
  merge,
  sampling,
  groupNorm: fc.constantFrom(null, null, 2),
});

/** Valid specs only, in their canonical form. */
export const architectures: fc.Arbitrary<ArchitectureSpec> = anything
  .map((drawn) => parsed(drawn as ArchitectureInput))
  .filter((spec) => spec !== undefined);

function parsed(drawn: ArchitectureInput): ArchitectureSpec | undefined {
  try {
    return parseArchitecture(drawn);
  } catch (error) {
    if (error instanceof AppError && error.fault === 'input') return undefined;
    throw error;
  }
}
