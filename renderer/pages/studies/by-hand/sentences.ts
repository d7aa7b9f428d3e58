// What was seen, in words, from what was computed. Pure.
import { formatExact, formatQuantity, formatSignificant } from '../../../../shared/format.ts';
import { wilsonInterval } from '../../../../shared/stats/proportion.ts';
import { fitsWorse, type ClassFit, type Points } from './function-classes.ts';
import {
  AHEAD,
  endingOf,
  INPUT,
  lastFour,
  LAYER_COUNT,
  outputOf,
  SOLVED_LOSS,
  through,
  type Layer,
  type Line,
  type Wiring,
} from './scalar-network.ts';
import type { Tally } from './many-starts.ts';

/** `4.00x + 3.00`, `0.12x − 0.50`. */
export function lineText({ slope, offset }: Line): string {
  const sign = offset < 0 ? '−' : '+';
  return `${numberText(slope)}x ${sign} ${numberText(Math.abs(offset))}`;
}

/** Two decimals, or a power of ten where those would not do. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return 'not a number';
  const written = Math.abs(value) < 1e4 ? value.toFixed(2) : value.toExponential(1);
  return written.replace('-', '−').replace(/^−(0\.00)$/, '$1');
}

export interface SeenTraining {
  readonly layers: readonly Layer[];
  readonly loss: number;
  readonly steps: number;
  /** The first step after which the loss was low; undefined if it never was. */
  readonly solvedAt: number | undefined;
}

/** What one network has learned so far. */
export function trainingSentence(wiring: Wiring, seen: SeenTraining): string {
  const who = wiring === 'plain' ? 'Without the shortcut' : 'With the shortcut';
  if (seen.steps === 0) {
    return `${who} the network starts as ${lineText(outputOf(seen.layers, wiring))}, a loss of ${formatSignificant(seen.loss, 3)}.`;
  }
  const after = `after ${formatQuantity(seen.steps, 'step')}`;
  if (endingOf(seen.loss) === 'diverged') {
    return `${who} training diverged ${after}: the learning rate is too large for this start.`;
  }
  const reached =
    seen.solvedAt === undefined
      ? `a loss of ${formatSignificant(seen.loss, 3)}, not below ${SOLVED_LOSS}`
      : `a loss of ${formatSignificant(seen.loss, 3)}, below ${SOLVED_LOSS} since step ${formatExact(seen.solvedAt)}`;
  return `${who} the network computes ${lineText(outputOf(seen.layers, wiring))} ${after}: ${reached}. ${partsSentence(wiring, seen.layers)}`;
}

function partsSentence(wiring: Wiring, layers: readonly Layer[]): string {
  const first = lineText(through(layers.slice(0, AHEAD), INPUT));
  const last = lastFour(layers);
  const count = LAYER_COUNT - AHEAD;
  return wiring === 'plain'
    ? `Its first two layers make ${first} of x, and the ${count} after them ${lineText(last)} of that; to leave it as it is they would need 1x + 0.`
    : `Its first two layers make ${first} of x, and the ${count} under the shortcut add ${lineText(last)} of that; to leave it as it is they would need 0.`;
}

/** How many of the starts each network solved. */
export function startsSentence({ n, plain, shortcut }: Tally, from: number): string {
  const share = (solved: number): string => {
    const { low, high } = wilsonInterval(solved, n);
    return `${solved} of ${n} (95 % interval ${Math.round(100 * low)}–${Math.round(100 * high)} %)`;
  };
  const lost = (['plain', 'shortcut'] as const)
    .map((wiring) => ({ wiring, count: (wiring === 'plain' ? plain : shortcut).diverged }))
    .filter(({ count }) => count > 0)
    .map(
      ({ wiring, count }) =>
        `${count} diverged ${wiring === 'plain' ? 'without' : 'with'} the shortcut`,
    );
  return `From seeds ${from} to ${from + n - 1}, the network reached a loss below ${SOLVED_LOSS} from ${share(shortcut.solved)} starts with the shortcut and from ${share(plain.solved)} without it.${lost.length === 0 ? '' : ` ${lost.join(', ')}.`}`;
}

/** How a row of classes fits, each compared with the one before. */
export function fitsSentence(fits: readonly ClassFit[], points: Points): string {
  const steps = fits.slice(1).map((fit, i) => {
    const earlier = fits[i];
    const from = earlier === undefined ? Number.NaN : earlier.error;
    const isWorse = earlier !== undefined && fitsWorse(fit, earlier, points);
    const word = isWorse ? 'worse' : 'no worse';
    return `${fit.of.name.toLowerCase()} fits ${word} than ${earlier?.of.name.toLowerCase() ?? ''} (${errorText(fit.error)} against ${errorText(from)})`;
  });
  const words = steps.join(', ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

/** What is below this is rounding. */
const NO_ERROR = 1e-9;

export function errorText(error: number): string {
  return error < NO_ERROR ? '0' : formatSignificant(error, 3);
}

export function drawsSentence(
  counts: { readonly nested: number; readonly notNested: number },
  draws: number,
): string {
  const times = (count: number): string =>
    count === 0 ? `in none of ${draws}` : `in ${count} of ${draws}`;
  return `Over ${draws} draws of the points, a larger class fitted worse than the one before it ${times(counts.nested)} where the classes are nested, and ${times(counts.notNested)} where they are not.`;
}
