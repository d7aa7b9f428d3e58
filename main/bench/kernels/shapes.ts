// The convolutions that the kernel check computes: every width from 1 to 40 channels under the windows and
// strides that residual networks have, and groups and dilations beside them. Pure and in a fixed order, so
// that a check that is cut short has seen some of everything.
import { createRng, shuffle, type Rng } from '../../../shared/rng.ts';

export interface KernelCase {
  readonly batch: number;
  /** Side of the square map. */
  readonly size: number;
  readonly channels: number;
  readonly outChannels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly groups: number;
  readonly dilation: number;
}

const WIDEST = 40;
const KERNELS = [1, 3, 7];
const STRIDES = [1, 2, 3];
const BATCHES = [1, 2, 8, 33];
const SIZES = [5, 8, 9, 16];
const GROUPS = [2, 3, 4, 8, 16];
const DILATIONS = [2, 3, 4];
/** Each width, window and stride is seen this often, with other batches, maps and numbers of filters. */
const VARIANTS = 4;

/** What ended trainers in practice, first. */
const KNOWN: readonly KernelCase[] = [
  // ResNet-20 at half width with projections.
  plain({ batch: 8, size: 32, channels: 8, outChannels: 16, kernel: 1, stride: 2 }),
  // Its first stage at quarter width.
  plain({ batch: 8, size: 32, channels: 4, outChannels: 8, kernel: 1, stride: 2 }),
  plain({ batch: 2, size: 8, channels: 256, outChannels: 256, kernel: 3, stride: 1 }),
  plain({ batch: 2, size: 8, channels: 128, outChannels: 256, kernel: 3, stride: 2 }),
];

function plain(shape: Omit<KernelCase, 'groups' | 'dilation'>): KernelCase {
  return { ...shape, groups: 1, dilation: 1 };
}

export function kernelCases(): readonly KernelCase[] {
  const rng = createRng(1, 'kernel cases');
  const cases = [...plainCases(rng), ...groupedCases(rng), ...dilatedCases(rng)];
  return [...KNOWN, ...shuffle(cases, rng)];
}

/** Strided 1×1 convolutions of few channels, whose weight gradient overruns memory in oneDNN. */
export function narrowStridedCases(): readonly KernelCase[] {
  return [2, 3].flatMap((stride) =>
    [1, 3, 7, 8, 12, 15].map((channels, index) =>
      plain({
        batch: at(BATCHES, index),
        size: at([16, 32, 9], index),
        channels,
        outChannels: 2 * channels,
        kernel: 1,
        stride,
      }),
    ),
  );
}

function plainCases(rng: Rng): KernelCase[] {
  const cases: KernelCase[] = [];
  for (const kernel of KERNELS) {
    for (const stride of STRIDES) {
      for (let channels = 1; channels <= WIDEST; channels++) {
        for (let variant = 0; variant < VARIANTS; variant++) {
          const outChannels = pick([1, 10, 16, channels, 2 * channels, 33], rng);
          const map = { batch: at(BATCHES, variant), size: pick(SIZES, rng) };
          cases.push(plain({ ...map, channels, outChannels, kernel, stride }));
        }
      }
    }
  }
  return cases;
}

/** Depthwise convolutions too, where each group is one channel. */
function groupedCases(rng: Rng): KernelCase[] {
  const cases: KernelCase[] = [];
  for (const groups of GROUPS) {
    for (const kernel of KERNELS) {
      for (const stride of STRIDES) {
        for (const perGroup of [1, 2, 3, 4, 8, 10]) {
          if (groups * perGroup > WIDEST) continue;
          const outChannels = groups * pick([1, perGroup, 2 * perGroup], rng);
          const map = { batch: pick(BATCHES, rng), size: pick(SIZES, rng) };
          const channels = groups * perGroup;
          cases.push({ ...map, channels, outChannels, kernel, stride, groups, dilation: 1 });
        }
      }
    }
  }
  return cases;
}

function dilatedCases(rng: Rng): KernelCase[] {
  const cases: KernelCase[] = [];
  for (const dilation of DILATIONS) {
    for (let channels = 1; channels <= WIDEST; channels++) {
      const groups = channels % 4 === 0 && rng.uniform() < 0.3 ? 4 : 1;
      const outChannels = groups * pick([1, 4, 10], rng);
      const map = { batch: pick(BATCHES, rng), size: pick(SIZES, rng) };
      cases.push({ ...map, channels, outChannels, kernel: 3, stride: 1, groups, dilation });
    }
  }
  return cases;
}

/** `batch 8, 32×32×8 → 16, 1×1, stride 2`. */
export function describeCase(of: KernelCase): string {
  const parts = [
    `batch ${of.batch}`,
    `${of.size}×${of.size}×${of.channels} → ${of.outChannels}`,
    `${of.kernel}×${of.kernel}`,
    ...(of.stride > 1 ? [`stride ${of.stride}`] : []),
    ...(of.groups > 1 ? [`${of.groups} groups`] : []),
    ...(of.dilation > 1 ? [`dilation ${of.dilation}`] : []),
  ];
  return parts.join(', ');
}

/** What faults are counted by: `1×1, stride 2, < 16 channels`. */
export function kindOf({ kernel, stride, groups, dilation, channels }: KernelCase): string {
  const width = channels < 8 ? '< 8' : channels < 16 ? '8–15' : '≥ 16';
  const parts = [
    `${kernel}×${kernel}`,
    `stride ${stride}`,
    ...(groups > 1 ? ['groups'] : []),
    ...(dilation > 1 ? ['dilation'] : []),
    `${width} channels`,
  ];
  return parts.join(', ');
}

function pick(values: readonly number[], rng: Rng): number {
  return at(values, rng.below(values.length));
}

function at(values: readonly number[], index: number): number {
  return values[index % values.length] ?? 1;
}
