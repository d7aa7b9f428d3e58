// Colour scales for heat maps: viridis for magnitudes, blue–white–orange for ratios. Pure; a colour
// bar next to the picture must always show which one is meant.

/** Red, green, blue, 0–255. */
export type Rgb = readonly [number, number, number];

/** Matplotlib's viridis at equal distances. */
const viridisAnchors: readonly Rgb[] = [
  [68, 1, 84],
  [72, 40, 120],
  [62, 73, 137],
  [49, 104, 142],
  [38, 130, 142],
  [31, 158, 137],
  [53, 183, 121],
  [110, 206, 88],
  [181, 222, 43],
  [253, 231, 37],
];

const divergingAnchors: readonly Rgb[] = [
  [23, 66, 122],
  [58, 120, 184],
  [148, 190, 226],
  [245, 245, 242],
  [246, 196, 147],
  [222, 131, 52],
  [150, 68, 10],
];

/** `share` 0 is dark violet, 1 bright yellow; outside values are held at the ends. */
export function viridis(share: number): Rgb {
  return between(viridisAnchors, share);
}

/** `share` 0 is blue, 0.5 neutral, 1 orange. */
export function diverging(share: number): Rgb {
  return between(divergingAnchors, share);
}

export function toCss([red, green, blue]: Rgb): string {
  return `rgb(${red} ${green} ${blue})`;
}

/** Black or white, whichever is easier to read on the colour. */
export function readableOn([red, green, blue]: Rgb): 'black' | 'white' {
  return relativeLuminance([red, green, blue]) > 0.18 ? 'black' : 'white';
}

/** As defined by WCAG 2: 0 is black, 1 is white. */
export function relativeLuminance(colour: Rgb): number {
  const linear = (value: number): number => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2]);
}

function between(anchors: readonly Rgb[], share: number): Rgb {
  const held = Number.isNaN(share) ? 0 : Math.min(1, Math.max(0, share));
  const place = held * (anchors.length - 1);
  const index = Math.min(anchors.length - 2, Math.floor(place));
  const from = anchors[index] ?? [0, 0, 0];
  const to = anchors[index + 1] ?? from;
  const rest = place - index;
  const mix = (a: number, b: number): number => Math.round(a + (b - a) * rest);
  return [mix(from[0], to[0]), mix(from[1], to[1]), mix(from[2], to[2])];
}
