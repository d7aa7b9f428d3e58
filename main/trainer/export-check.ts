// The images that go with an export, as files and as numbers, and the logits that this app computes of them.
import type { DataSpec } from '../../shared/spec/run.ts';
import { floatPart, tensorFileParts, type TensorPart } from '../../shared/safetensors.ts';
import { encodePicture } from '../data/picture.ts';
import type { DataProgress } from '../data/progress.ts';
import type { Normalization } from '../engine/ops/input.ts';
import { normalizedPixels } from './normalized-pixels.ts';
import { prepareData } from './prepared-data.ts';

export interface CheckOptions {
  readonly data: DataSpec;
  readonly normalization: Normalization;
  readonly cacheFolder: string;
  /** At most so many images, from all over the validation split, or the training split where there is none. */
  readonly count: number;
  /** x [count, H, W, C], normalized → logits [count, classes]. */
  readonly logitsOf: (x: Float32Array, count: number) => Promise<Float32Array>;
  readonly onProgress: (progress: DataProgress) => void;
}

interface Target {
  write(file: string, content: readonly Uint8Array[] | Uint8Array): Promise<void>;
}

/** Writes `check/01.png` … and `check/check.safetensors`; returns how many images there are. */
export async function writeCheckImages(target: Target, options: CheckOptions): Promise<number> {
  const { normalization } = options;
  const prepared = await prepareData({
    ...{ data: options.data, cacheFolder: options.cacheFolder, onProgress: options.onProgress },
    normalization: { kind: 'known', is: normalization },
    splits: ['train', 'val'],
  });
  try {
    const { dataset } = prepared;
    const split = dataset.splits.val ?? dataset.splits.train;
    const count = Math.min(options.count, split.count);
    const rows = Int32Array.from({ length: count }, (_, i) =>
      Math.floor(((i + 0.5) * split.count) / count),
    );
    const images = new Uint8Array(count * split.rowBytes);
    await split.readRows(rows, images);
    const x = normalizedPixels(images, split.rowBytes, normalization);
    const logits = await options.logitsOf(x, count);
    const { height, width, channels } = dataset.shape;
    const digits = String(count).length;
    for (let i = 0; i < count; i++) {
      const pixels = images.subarray(i * split.rowBytes, (i + 1) * split.rowBytes);
      const name = String(i + 1).padStart(digits, '0');
      await target.write(`check/${name}.png`, await encodePicture(pixels, dataset.shape));
    }
    const parts: TensorPart[] = [
      { name: 'images', dtype: 'U8', shape: [count, height, width, channels], data: images },
      floatPart('logits', [count, logits.length / count], logits),
      ...(normalization.meanImage === undefined
        ? []
        : [floatPart('mean_image', [height, width, channels], normalization.meanImage)]),
    ];
    await target.write('check/check.safetensors', tensorFileParts(parts));
    return count;
  } finally {
    await prepared.dataset.close();
  }
}
