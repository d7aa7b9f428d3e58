import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  diverging,
  readableOn,
  relativeLuminance,
  toCss,
  viridis,
  type Rgb,
} from '../../shared/figures/colour-maps.ts';

test('viridis starts dark violet, ends yellow and gets lighter all the way', () => {
  expect(viridis(0)).toEqual([68, 1, 84]);
  expect(viridis(1)).toEqual([253, 231, 37]);
  const lightness = Array.from({ length: 101 }, (_, i) => relativeLuminance(viridis(i / 100)));
  for (let i = 1; i < lightness.length; i++)
    expect(lightness[i]).toBeGreaterThan(lightness[i - 1]!);
});

test('the diverging map is neutral in the middle, blue below and orange above', () => {
  const [red, green, blue] = diverging(0.5);
  expect(Math.max(red, green, blue) - Math.min(red, green, blue)).toBeLessThan(6);
  expect(diverging(0.1)[2]).toBeGreaterThan(diverging(0.1)[0]);
  expect(diverging(0.9)[0]).toBeGreaterThan(diverging(0.9)[2]);
});

test('values outside the scale are held at its ends and NaN at its start', () => {
  expect(viridis(-3)).toEqual(viridis(0));
  expect(viridis(7)).toEqual(viridis(1));
  expect(viridis(NaN)).toEqual(viridis(0));
});

test('a colour is written for CSS and chooses the text that can be read on it', () => {
  expect(toCss([1, 2, 3])).toBe('rgb(1 2 3)');
  expect(readableOn(viridis(0))).toBe('white');
  expect(readableOn(viridis(1))).toBe('black');
});

/** `--name: light-dark(#…, #…)` of tokens.css as [light, dark]. */
function readTokens(): Map<string, readonly [Rgb, Rgb]> {
  const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');
  const found = css.matchAll(/--([\w-]+):\s*light-dark\(#([0-9a-f]{6}),\s*#([0-9a-f]{6})\)/g);
  const rgb = (hex: string): Rgb =>
    [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)) as unknown as Rgb;
  return new Map([...found].map(([, name, light, dark]) => [name!, [rgb(light!), rgb(dark!)]]));
}

function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [relativeLuminance(a), relativeLuminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

const AA_TEXT = 4.5;
const AA_GRAPHIC = 3;

test.each(['light', 'dark'] as const)(
  'text can be read on every surface in the %s theme',
  (theme) => {
    const tokens = readTokens();
    const at = theme === 'light' ? 0 : 1;
    const unreadable: string[] = [];
    for (const surface of ['surface-0', 'surface-1', 'surface-2']) {
      for (const text of ['text-1', 'text-2', 'text-3', 'accent', 'good', 'warn', 'bad']) {
        const ratio = contrast(tokens.get(surface)![at], tokens.get(text)![at]);
        if (ratio < AA_TEXT) unreadable.push(`${text} on ${surface}: ${ratio.toFixed(2)}`);
      }
    }
    for (const kind of ['good', 'warn', 'bad', 'accent']) {
      const ratio = contrast(tokens.get(`${kind}-soft`)![at], tokens.get(kind)![at]);
      if (ratio < AA_TEXT) unreadable.push(`${kind} on its own soft: ${ratio.toFixed(2)}`);
    }
    expect(unreadable).toEqual([]);
  },
);

test.each(['light', 'dark'] as const)('every series colour stands out in the %s theme', (theme) => {
  const tokens = readTokens();
  const at = theme === 'light' ? 0 : 1;
  const faint = Array.from({ length: 10 }, (_, i) => `series-${i + 1}`)
    .map((name) => ({ name, ratio: contrast(tokens.get('surface-1')![at], tokens.get(name)![at]) }))
    .filter(({ ratio }) => ratio < AA_GRAPHIC);
  expect(faint).toEqual([]);
});
