// How the samples of an image file become 8-bit colours, where a file leaves that open. One set of rules
// for preview, training and prediction. A rule that is absent means what was always done before it existed.
import { z } from 'zod';

/** Of 16-bit samples. */
export const LARGEST_SAMPLE = 65_535;

const WINDOW = /^(\d{1,5})\.\.(\d{1,5})$/;
const COLOUR = /^#([0-9a-f]{6})$/i;
const NAMED_GROUNDS: Readonly<Record<string, string>> = {
  white: '#ffffff',
  grey: '#808080',
  black: '#000000',
};

/**
 * Which values of 16-bit samples are black and white. `full`: 0 and 65535. `LOW..HIGH`: those; what lies
 * outside is clipped. `window`: the bits that the files use; a run records the window that was found.
 * 8-bit files are taken as they are.
 */
export const DepthRule = z
  .string()
  .refine((text) => text === 'full' || text === 'window' || windowOf(text) !== undefined, {
    error: `must be full, window, or LOW..HIGH with 0 ≤ LOW < HIGH ≤ ${LARGEST_SAMPLE}`,
  });

/**
 * The colour behind transparent pixels: `white`, `grey`, `black` or `#RRGGBB`. `none`: alpha is ignored,
 * which shows whatever colours the file hides.
 */
export const GroundRule = z
  .string()
  .refine((text) => text === 'none' || groundColour(text) !== undefined, {
    error: 'must be white, grey, black, #RRGGBB or none',
  });

/**
 * JPEG files that viewers show although something is wrong with them (bytes before a marker or behind
 * the end, no end mark, at least half of the picture there). `accept`: they are decoded and noted.
 * `reject`: they are left out.
 */
export const DamagedRule = z.enum(['reject', 'accept']);

export interface PixelRules {
  readonly depth?: string | undefined;
  readonly ground?: string | undefined;
  readonly damaged?: z.output<typeof DamagedRule> | undefined;
}

/** The rules of before they could be chosen; a spec leaves them out. */
export const OLD_PIXEL_RULES = { depth: 'full', ground: 'none', damaged: 'reject' } as const;

/** What new settings begin with. White is what most viewers and pages show behind a picture. */
export const NEW_PIXEL_RULES = { ground: 'white', damaged: 'accept' } as const;

export interface SampleWindow {
  readonly low: number;
  readonly high: number;
}

/** Of `LOW..HIGH`; undefined for another text. */
export function windowOf(text: string | undefined): SampleWindow | undefined {
  const [, low, high] = WINDOW.exec(text ?? '') ?? [];
  if (low === undefined || high === undefined) return undefined;
  const window = { low: Number(low), high: Number(high) };
  return window.low < window.high && window.high <= LARGEST_SAMPLE ? window : undefined;
}

export function windowText({ low, high }: SampleWindow): string {
  return `${low}..${high}`;
}

/** Red, green and blue; undefined for `none`. */
export function groundColour(text: string | undefined): readonly number[] | undefined {
  if (text === undefined) return undefined;
  const hex = Object.hasOwn(NAMED_GROUNDS, text) ? NAMED_GROUNDS[text] : text;
  const [, digits] = COLOUR.exec(hex ?? '') ?? [];
  if (digits === undefined) return undefined;
  return [0, 2, 4].map((at) => Number.parseInt(digits.slice(at, at + 2), 16));
}

/** Without those that say what was always done: equal rules have equal JSON. */
export function pixelRulesOf({ depth, ground, damaged }: PixelRules): PixelRules {
  return {
    ...(depth === undefined || depth === OLD_PIXEL_RULES.depth ? {} : { depth }),
    ...(ground === undefined || ground === OLD_PIXEL_RULES.ground ? {} : { ground }),
    ...(damaged === undefined || damaged === OLD_PIXEL_RULES.damaged ? {} : { damaged }),
  };
}

/** All three, also those that a spec leaves out. */
export function statedPixelRules({ depth, ground, damaged }: PixelRules): {
  depth: string;
  ground: string;
  damaged: z.output<typeof DamagedRule>;
} {
  return {
    depth: depth ?? OLD_PIXEL_RULES.depth,
    ground: ground ?? OLD_PIXEL_RULES.ground,
    damaged: damaged ?? OLD_PIXEL_RULES.damaged,
  };
}
