// Images as the network is given them where the session does not do it: for files, and for what goes with an
// export. The graph's own form is main/engine/ops/input.ts.
import type { Normalization } from '../engine/ops/input.ts';

/**
 * (pixel / 255 − mean) / deviation, with the mean image in place of the channels' means where there is one.
 * @param images [N, H, W, C]
 * @param rowBytes of one image: H · W · C
 */
export function normalizedPixels(
  images: Uint8Array,
  rowBytes: number,
  { mean, deviation, meanImage }: Normalization,
): Float32Array {
  const channels = mean.length;
  return Float32Array.from(images, (pixel, index) => {
    const c = index % channels;
    const subtracted = meanImage === undefined ? mean[c] : meanImage[index % rowBytes];
    return (pixel / 255 - (subtracted ?? NaN)) / (deviation[c] ?? NaN);
  });
}
