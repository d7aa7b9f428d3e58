// How often gradient descent succeeds from many random starts, with and without the shortcut. Pure.
import { drawLayers, endingOf, train, type Ending, type Wiring } from './scalar-network.ts';

export type Endings = Readonly<Record<Ending, number>>;

export interface Tally {
  readonly n: number;
  readonly plain: Endings;
  readonly shortcut: Endings;
}

export interface StartSetting {
  /** Standard deviation of the start's weights and biases. */
  readonly deviation: number;
  readonly rate: number;
  readonly steps: number;
}

const NONE: Endings = { solved: 0, unsolved: 0, diverged: 0 };
export const NO_STARTS: Tally = { n: 0, plain: NONE, shortcut: NONE };

/** With one more start: both networks begin with the same layers. */
export function withStart(tally: Tally, seed: number, setting: StartSetting): Tally {
  const start = drawLayers(seed, setting.deviation);
  const counted = (endings: Endings, wiring: Wiring): Endings => {
    const ending = endingOf(train(start, { ...setting, wiring }).loss);
    return { ...endings, [ending]: endings[ending] + 1 };
  };
  return {
    n: tally.n + 1,
    plain: counted(tally.plain, 'plain'),
    shortcut: counted(tally.shortcut, 'shortcut'),
  };
}
