// A finding's small pictures as one sheet, row by row with the rows' names. Pure.
import type { ImagesFigure } from '../contract/findings.ts';
import { bytesOfBase64, pngAddress, rgbaPng } from './palette-png.ts';
import { element, picture, shortened, text, tip } from './svg.ts';

const WIDTH = 560;
const TOP = 6;
const FOOT = 6;
/** For the names of rows, where there are any. */
const LEFT = 92;
const GAP = 3;
const LARGEST_TILE = 56;

export function drawImages(figure: ImagesFigure): string {
  const { rows, columns, shape } = figure;
  const left = rows.some(({ name }) => name !== '') ? LEFT : 0;
  const tile = Math.min(LARGEST_TILE, (WIDTH - left - GAP * (columns - 1)) / columns);
  const tall = (tile * shape.height) / shape.width;
  const size = shape.height * shape.width * shape.channels;
  return picture(
    { width: WIDTH, height: TOP + rows.length * (tall + GAP) - GAP + FOOT },
    figure.title,
    ...rows.flatMap(({ name, pixels: coded }, row) => {
      const y = TOP + row * (tall + GAP);
      const pixels = bytesOfBase64(coded);
      return [
        name === '' ? '' : rowName(name, y + tall / 2 + 4),
        ...Array.from({ length: Math.floor(pixels.length / size) }, (_, column) =>
          element(
            'image',
            {
              ...{ x: left + column * (tile + GAP), y, width: tile, height: tall },
              ...{ preserveAspectRatio: 'none', 'image-rendering': 'pixelated' },
              href: pngAddress(pngOf(pixels.subarray(column * size, (column + 1) * size), figure)),
            },
            tip(`${name} ${column + 1}`.trim()),
          ),
        ),
      ];
    }),
  );
}

function rowName(name: string, y: number): string {
  return text(shortened(name, LEFT - 12), {
    ...{ x: LEFT - 8, y, 'text-anchor': 'end', 'font-size': 11, fill: 'var(--text-3)' },
  });
}

/** One picture; a gray one has its channel three times. */
function pngOf(pixels: Uint8Array, { shape }: ImagesFigure): Uint8Array {
  const { height, width, channels } = shape;
  const rgba = new Uint8Array(4 * height * width).fill(255);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) {
      rgba[4 * i + c] = pixels[i * channels + Math.min(c, channels - 1)] ?? 0;
    }
  }
  return rgbaPng(rgba, width, height);
}
