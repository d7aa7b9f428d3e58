// Function classes that are fitted to the same points: linear ⊂ quadratic ⊂ cubic, and as many that do not
// contain each other. A residual block nests: with its branch at zero the deeper network is the shallower
// one. Pure.
import { createRng } from '../../../../shared/rng.ts';
import { leastSquares } from './least-squares.ts';

export interface Target {
  readonly name: string;
  readonly label: string;
  readonly at: (x: number) => number;
}

export const TARGETS: readonly Target[] = [
  { name: 'line', label: '2x + 3', at: (x) => 2 * x + 3 },
  { name: 'parabola', label: '3x² − x + 1', at: (x) => 3 * x * x - x + 1 },
  { name: 'cubic', label: '4x³ − 2x + 1', at: (x) => 4 * x ** 3 - 2 * x + 1 },
  { name: 'wave', label: '2 sin πx', at: (x) => 2 * Math.sin(Math.PI * x) },
  { name: 'corner', label: '3 |x|', at: (x) => 3 * Math.abs(x) },
];

export interface FunctionClass {
  readonly name: string;
  readonly formula: string;
  /** Every function of the class is a combination of these. */
  readonly terms: readonly ((x: number) => number)[];
}

const one = (): number => 1;
const power =
  (exponent: number) =>
  (x: number): number =>
    x ** exponent;

export const LINEAR: FunctionClass = {
  name: 'Linear',
  formula: 'a + bx',
  terms: [one, power(1)],
};

/** Each class holds all functions of the one before. */
export const NESTED: readonly FunctionClass[] = [
  LINEAR,
  { name: 'Quadratic', formula: 'a + bx + cx²', terms: [one, power(1), power(2)] },
  { name: 'Cubic', formula: 'a + bx + cx² + dx³', terms: [one, power(1), power(2), power(3)] },
];

/** As many parameters as the nested ones; no class holds the one before. */
export const NOT_NESTED: readonly FunctionClass[] = [
  LINEAR,
  { name: 'Even', formula: 'a + bx² + cx⁴', terms: [one, power(2), power(4)] },
  {
    name: 'Waves',
    formula: 'a sin πx + b cos πx + c sin 2πx + d cos 2πx',
    terms: [
      (x) => Math.sin(Math.PI * x),
      (x) => Math.cos(Math.PI * x),
      (x) => Math.sin(2 * Math.PI * x),
      (x) => Math.cos(2 * Math.PI * x),
    ],
  },
];

export interface Points {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** So many points of the target at places between −1 and 1, with normal noise of this deviation. */
export function drawPoints(
  target: Target,
  options: { readonly count: number; readonly noise: number; readonly seed: number },
): Points {
  const rng = createRng(options.seed, 'function-classes');
  const x = Array.from({ length: options.count }, () => 2 * rng.uniform() - 1).sort(
    (a, b) => a - b,
  );
  return { x, y: x.map((place) => target.at(place) + options.noise * rng.normal()) };
}

export interface ClassFit {
  readonly of: FunctionClass;
  readonly coefficients: readonly number[];
  /** Root mean square error at the points. */
  readonly error: number;
}

export function fitClass(of: FunctionClass, { x, y }: Points): ClassFit {
  const columns = of.terms.map((term) => x.map(term));
  return { of, ...leastSquares(columns, y) };
}

export function valueAt({ of, coefficients }: ClassFit, x: number): number {
  return of.terms.reduce((sum, term, i) => sum + (coefficients[i] ?? 0) * term(x), 0);
}

/** A larger error than this share of the points' size above the other's is more than rounding. */
const ROUNDING = 1e-9;

/** Whether the later class fits worse than the one before it, by more than rounding. */
export function fitsWorse(later: ClassFit, earlier: ClassFit, points: Points): boolean {
  const size = Math.max(1, ...points.y.map(Math.abs));
  return later.error > earlier.error + ROUNDING * size;
}

/** Steps to a larger class, of all that fits hold, at which the error rose. */
export function risesOf(fits: readonly ClassFit[], points: Points): ClassFit[] {
  return fits.filter((fit, i) => {
    const earlier = fits[i - 1];
    return earlier !== undefined && fitsWorse(fit, earlier, points);
  });
}

/** In how many of so many draws of points some larger class fits worse than the one before it. */
export function countRises(
  classes: readonly FunctionClass[],
  target: Target,
  options: {
    readonly count: number;
    readonly noise: number;
    readonly seed: number;
    readonly draws: number;
  },
): number {
  let rises = 0;
  for (let draw = 0; draw < options.draws; draw++) {
    const points = drawPoints(target, { ...options, seed: options.seed + draw });
    const fits = classes.map((of) => fitClass(of, points));
    if (risesOf(fits, points).length > 0) rises++;
  }
  return rises;
}
