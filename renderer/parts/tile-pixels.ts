// Raw pixels as they come from the host, made fit for a canvas: RGBA, one image under the other. Pure.
import type { Tiles } from '../../shared/contract/app/datasets.ts';

/** [count · height, width, 4]; grey images get three equal channels. */
export function toRgba({
  shape,
  count,
  pixels,
}: Pick<Tiles, 'shape' | 'count' | 'pixels'>): Uint8ClampedArray<ArrayBuffer> {
  const { width, height, channels } = shape;
  const total = width * height * count;
  const rgba = new Uint8ClampedArray(total * 4);
  for (let pixel = 0; pixel < total; pixel++) {
    const from = pixel * channels;
    const red = pixels[from] ?? 0;
    rgba[pixel * 4] = red;
    rgba[pixel * 4 + 1] = channels >= 3 ? (pixels[from + 1] ?? 0) : red;
    rgba[pixel * 4 + 2] = channels >= 3 ? (pixels[from + 2] ?? 0) : red;
    rgba[pixel * 4 + 3] = channels === 4 ? (pixels[from + 3] ?? 255) : 255;
  }
  return rgba;
}

/** Images asked for at once: few enough for a quick answer and for a canvas's largest side. */
export function pageSizeFor({ width, height, channels }: Tiles['shape']): number {
  const PAGE_BYTES = 3_000_000;
  const LARGEST_SIDE = 16_000;
  const byBytes = Math.floor(PAGE_BYTES / (width * height * channels));
  return Math.max(4, Math.min(200, byBytes, Math.floor(LARGEST_SIDE / height)));
}

export interface GridLayout {
  readonly columns: number;
  readonly rowHeight: number;
  readonly tile: number;
  readonly totalHeight: number;
}

/** As many columns as fit, then tiles a little larger, so that rows fill the width. */
export function gridLayout(options: {
  readonly width: number;
  readonly count: number;
  readonly tile: number;
  readonly gap: number;
}): GridLayout {
  const { width, count, gap } = options;
  const columns = Math.max(1, Math.floor((width + gap) / (options.tile + gap)));
  const tile = Math.max(1, Math.floor((width + gap) / columns - gap));
  const rowHeight = tile + gap;
  return { columns, rowHeight, tile, totalHeight: Math.ceil(count / columns) * rowHeight };
}

/** Indices of the images in view, the last excluded. */
export function visibleRange(
  layout: GridLayout,
  view: { readonly scrollTop: number; readonly height: number; readonly count: number },
): { readonly first: number; readonly last: number } {
  const firstRow = Math.max(0, Math.floor(view.scrollTop / layout.rowHeight));
  const lastRow = Math.ceil((view.scrollTop + view.height) / layout.rowHeight);
  return {
    first: Math.min(view.count, firstRow * layout.columns),
    last: Math.min(view.count, lastRow * layout.columns),
  };
}
