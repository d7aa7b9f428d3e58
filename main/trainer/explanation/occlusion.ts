// Occlusion (Zeiler and Fergus 2013, arXiv 1311.2901, section 4.2): how much the probability of a class falls
// when a patch of the image is hidden. A hidden patch has the mean colour of the training images, which is 0
// after normalization. Each pixel has the mean fall over the patches that cover it.
import { inputError } from '../../../shared/errors.ts';
import type { InputShape } from '../../../shared/spec/architecture.ts';
import { probabilitiesOf } from '../image-classes.ts';
import type { Inference } from '../inference.ts';

export interface OcclusionOptions {
  readonly input: InputShape;
  /** Side of the patch in pixels of the network's input. */
  readonly patch: number;
  /** Pixels from one patch to the next. */
  readonly stride: number;
  readonly target: number;
  /** After every batch; throws when it is asked to stop. */
  readonly report: (done: number, total: number) => Promise<void>;
}

/**
 * @param x normalized pixels of one image, [H, W, C]
 * @returns [H, W]; negative where hiding helps the class
 * @throws inputError `bad-patch`
 */
export async function occlusionMap(
  inference: Pick<Inference, 'batch' | 'classCount' | 'logits'>,
  x: Float32Array,
  options: OcclusionOptions,
): Promise<Float32Array> {
  const { input, patch, target, report } = options;
  requireFitting(options);
  const { classCount } = inference;
  const probability = (logits: Float32Array, row: number): number =>
    probabilitiesOf(logits.subarray(row * classCount, (row + 1) * classCount))[target] ??
    Number.NaN;
  const whole = probability(await inference.logits(1, () => Promise.resolve(x)), 0);
  const places = patchStarts(input.height, options).flatMap((top) =>
    patchStarts(input.width, options).map((left) => ({ top, left })),
  );
  const falls = new Float64Array(input.height * input.width);
  const counts = new Uint32Array(falls.length);
  for (let start = 0; start < places.length; start += inference.batch) {
    const some = places.slice(start, start + inference.batch);
    const hidden = new Float32Array(some.length * x.length);
    some.forEach((place, i) => {
      const image = hidden.subarray(i * x.length, (i + 1) * x.length);
      image.set(x);
      eachRow(place, options, (from, to) =>
        image.fill(0, from * input.channels, to * input.channels),
      );
    });
    const logits = await inference.logits(some.length, () => Promise.resolve(hidden));
    some.forEach((place, i) => {
      const fall = whole - probability(logits, i);
      eachRow(place, { input, patch }, (from, to) => {
        for (let pixel = from; pixel < to; pixel++) {
          falls[pixel] = (falls[pixel] ?? 0) + fall;
          counts[pixel] = (counts[pixel] ?? 0) + 1;
        }
      });
    });
    await report(start + some.length, places.length);
  }
  return Float32Array.from(falls, (fall, i) => fall / (counts[i] ?? 1));
}

/** Every `stride` pixels, and one patch that ends at the edge. */
export function patchStarts(
  side: number,
  { patch, stride }: Pick<OcclusionOptions, 'patch' | 'stride'>,
): number[] {
  const last = side - patch;
  const starts: number[] = [];
  for (let start = 0; start < last; start += stride) starts.push(start);
  return [...starts, last];
}

/** The pixels of a patch, row by row. */
function eachRow(
  { top, left }: { readonly top: number; readonly left: number },
  { input, patch }: Pick<OcclusionOptions, 'input' | 'patch'>,
  visit: (from: number, to: number) => void,
): void {
  for (let y = top; y < top + patch; y++) {
    const from = y * input.width + left;
    visit(from, from + patch);
  }
}

function requireFitting({ input, patch, stride }: OcclusionOptions): void {
  const side = Math.min(input.height, input.width);
  if (patch <= side && stride <= patch) return;
  throw inputError(
    'bad-patch',
    patch > side
      ? `A patch of ${patch} pixels does not fit into the network's input of ${input.width} × ${input.height}; take at most ${side}.`
      : `With a stride of ${stride} patches of ${patch} pixels leave gaps; take a stride of at most ${patch}.`,
  );
}
