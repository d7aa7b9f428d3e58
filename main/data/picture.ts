// One image of a dataset as a PNG file, pixel by pixel what the network is given.
import type { ImageShape } from './dataset.ts';

/** @param pixels [H, W, C] */
export async function encodePicture(
  pixels: Uint8Array,
  { height, width, channels }: ImageShape,
): Promise<Uint8Array> {
  const { Transformer } = await import('@napi-rs/image');
  const rgba = new Uint8Array(height * width * 4).fill(255);
  for (let p = 0; p < height * width; p++) {
    for (let c = 0; c < 3; c++) {
      rgba[p * 4 + c] = pixels[p * channels + (channels === 3 ? c : 0)] ?? 0;
    }
  }
  return Transformer.fromRgbaPixels(rgba, width, height).png();
}
