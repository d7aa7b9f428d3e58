// Where a chart's canvas shows curves, for comparing two drawings of the same.
import type { Locator } from '@playwright/test';

export interface CurvePixels {
  readonly width: number;
  readonly places: ReadonlySet<number>;
}

/** Coloured and opaque: curves, not the grid, the axes or the pale raw ones behind. */
export async function curvePixels(canvas: Locator): Promise<CurvePixels> {
  const { width, places } = await canvas.evaluate((element) => {
    const shown = element as HTMLCanvasElement;
    const data = shown.getContext('2d')?.getImageData(0, 0, shown.width, shown.height).data;
    const found: number[] = [];
    for (let at = 0; data && at < data.length; at += 4) {
      const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(at, at + 4);
      const colour = Math.max(red, green, blue) - Math.min(red, green, blue);
      if (alpha > 96 && colour > 40) found.push(at / 4);
    }
    return { width: shown.width, places: found };
  });
  return { width, places: new Set(places) };
}

/** The share of one's pixels that the other has nothing near: at it or beside it. */
export function shareWithoutMatch(one: CurvePixels, other: CurvePixels): number {
  const { width } = other;
  const near = [-1, 0, 1].flatMap((down) => [-1, 0, 1].map((right) => down * width + right));
  const missing = [...one.places].filter(
    (place) => !near.some((step) => other.places.has(place + step)),
  );
  return missing.length / Math.max(1, one.places.size);
}
