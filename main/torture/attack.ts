// What an attack is, what it needs and what it finds. The parts are folders beside this file.
import type { Sizes } from './sizes.ts';

export const PARTS = ['bit-exact', 'fuzz', 'soak', 'numbers'] as const;
export type Part = (typeof PARTS)[number];

export interface Finding {
  /** What went wrong, in a sentence. */
  readonly problem: string;
  /** The smallest input that was found to do it, and how to try it again. */
  readonly reproduction: string;
}

export interface Outcome {
  readonly cases: number;
  readonly findings: readonly Finding[];
  /** From a kill until the run takes steps again; undefined where nothing is killed. */
  readonly longestRecoveryMs?: number;
  /** What else was measured, for the table. */
  readonly notes?: readonly string[];
}

export interface Context {
  readonly sizes: Sizes;
  readonly seed: number;
  /** Empty, of this attack alone, removed afterwards. */
  readonly folder: string;
  readonly note: (text: string) => void;
}

export interface Attack {
  readonly part: Part;
  readonly name: string;
  /** What is attacked and what must hold, for the table. */
  readonly title: string;
  run(context: Context): Promise<Outcome>;
}

export interface AttackResult extends Outcome {
  readonly attack: Pick<Attack, 'part' | 'name' | 'title'>;
  readonly seconds: number;
  /** How many processes wanted a processor, on the average of a minute: before the attack, and after it. */
  readonly load: readonly [number, number];
}
