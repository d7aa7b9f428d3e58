// How much of everything. `full` is what the table in docs/torture.md is made for and takes hours;
// `quick` is part of `npm test`. Every number can be given by an option of its name.
import { inputError } from '../../shared/errors.ts';

export interface Sizes {
  /** Specs of bit-exact: the first so many of its table. */
  readonly variants: number;
  /** Uninterrupted trainings of each spec. */
  readonly repeats: number;
  /** Processes killed, in all. */
  readonly kills: number;
  /** Inputs of fuzz, in all; every attack gets its share. */
  readonly cases: number;
  /** Steps of the one long training of soak. */
  readonly steps: number;
  /** Short trainings of soak, one after the other. */
  readonly runs: number;
  readonly pages: number;
  /** Points of the one long series of soak. */
  readonly points: number;
  /** Random networks of numbers. */
  readonly networks: number;
  /** Seconds for convolutions of many shapes. */
  readonly kernels: number;
}

export const FULL: Sizes = {
  variants: 100,
  repeats: 3,
  kills: 60,
  cases: 6000,
  steps: 1_000_000,
  runs: 500,
  pages: 10,
  points: 10_000_000,
  networks: 300,
  kernels: 170,
};

/** Forty seconds on two slow cores. Networks and kernels have native tests of their own. */
export const QUICK: Sizes = {
  variants: 1,
  repeats: 1,
  kills: 1,
  cases: 200,
  steps: 0,
  runs: 0,
  pages: 0,
  points: 0,
  networks: 0,
  kernels: 0,
};

export const SIZE_NAMES = Object.keys(FULL) as readonly (keyof Sizes)[];

/** @throws inputError `bad-option` */
export function sizesFrom(
  base: Sizes,
  given: Readonly<Partial<Record<keyof Sizes, string | undefined>>>,
): Sizes {
  const changed = SIZE_NAMES.flatMap((name) => {
    const text = given[name];
    return text === undefined ? [] : [[name, wholeNumber(`--${name}`, text)] as const];
  });
  return { ...base, ...Object.fromEntries(changed) };
}

export function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw inputError('bad-option', `${option} ${text} is not a whole number of 0 or more.`);
}
