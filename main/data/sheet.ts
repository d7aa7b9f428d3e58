// Lays small images out on one PNG, enlarged so that they can be looked at. Each column is given as the
// bytes of its images, one after the other.
import type { ImageShape } from './dataset.ts';
import { encodePng } from './png.ts';

const GAP = 4;
/** A tile is enlarged by a whole number, to about this side. */
const TILE_SIDE = 96;
const BACKGROUND = 40;

export async function encodeSheet(
  columns: readonly Uint8Array[],
  { height, width, channels }: ImageShape,
): Promise<Uint8Array> {
  const scale = Math.max(1, Math.floor(TILE_SIDE / Math.max(height, width)));
  const rowBytes = height * width * channels;
  const rows = (columns[0]?.length ?? 0) / rowBytes;
  const [stepX, stepY] = [width * scale + GAP, height * scale + GAP];
  const sheet = { width: GAP + columns.length * stepX, height: GAP + rows * stepY };
  const pixels = new Uint8Array(sheet.width * sheet.height * 4).fill(BACKGROUND);
  for (let i = 3; i < pixels.length; i += 4) pixels[i] = 255;
  columns.forEach((images, column) => {
    for (let row = 0; row < rows; row++) {
      for (let y = 0; y < height * scale; y++) {
        for (let x = 0; x < width * scale; x++) {
          const from =
            row * rowBytes + (Math.floor(y / scale) * width + Math.floor(x / scale)) * channels;
          const to = ((GAP + row * stepY + y) * sheet.width + GAP + column * stepX + x) * 4;
          for (let c = 0; c < 3; c++) pixels[to + c] = images[from + (channels === 3 ? c : 0)] ?? 0;
        }
      }
    }
  });
  return await encodePng(pixels, sheet);
}
