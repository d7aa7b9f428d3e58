// Two networks from one start, trained a few steps with every frame until they are stopped.
import {
  descend,
  endingOf,
  lossOf,
  SOLVED_LOSS,
  type Layer,
  type Wiring,
} from './scalar-network.ts';
import type { SeenTraining } from './sentences.ts';

export interface Trace extends SeenTraining {
  /** After each step, the start's first. */
  readonly losses: readonly number[];
}

/** Below this there is nothing left to learn, only rounding. */
const EXACT_LOSS = 1e-10;

const isOver = ({ loss }: Pick<Trace, 'loss'>): boolean =>
  loss < EXACT_LOSS || endingOf(loss) === 'diverged';

export const WIRINGS: readonly Wiring[] = ['plain', 'shortcut'];

export function startOf(layers: readonly Layer[], wiring: Wiring): Trace {
  const loss = lossOf(layers, wiring);
  return { layers, loss, steps: 0, solvedAt: loss < SOLVED_LOSS ? 0 : undefined, losses: [loss] };
}

/** After so many more steps; a training that diverged or is exact stays where it is. */
export function advance(
  trace: Trace,
  options: { readonly wiring: Wiring; readonly rate: number; readonly steps: number },
): Trace {
  const { wiring, rate } = options;
  let { layers, loss, steps, solvedAt } = trace;
  const losses = [...trace.losses];
  for (let i = 0; i < options.steps && !isOver({ loss }); i++) {
    layers = descend(layers, wiring, rate);
    loss = lossOf(layers, wiring);
    steps++;
    losses.push(loss);
    if (loss < SOLVED_LOSS) solvedAt ??= steps;
  }
  return { layers, loss, steps, solvedAt, losses };
}

export class LiveTraining {
  traces: Readonly<Record<Wiring, Trace>>;
  isRunning = $state(false);
  #frame: number | undefined;

  constructor(start: readonly Layer[]) {
    this.traces = $state.raw(tracesFrom(start));
  }

  get steps(): number {
    return Math.max(...WIRINGS.map((wiring) => this.traces[wiring].steps));
  }

  /** Both again from these layers. */
  reset(start: readonly Layer[]): void {
    this.stop();
    this.traces = tracesFrom(start);
  }

  step(count: number, rate: number): void {
    const { plain, shortcut } = this.traces;
    this.traces = {
      plain: advance(plain, { wiring: 'plain', rate, steps: count }),
      shortcut: advance(shortcut, { wiring: 'shortcut', rate, steps: count }),
    };
  }

  /** `setting` is asked anew with every frame, so that sliders act while it runs. */
  run(
    setting: () => { readonly rate: number; readonly perFrame: number; readonly limit: number },
  ): void {
    if (this.isRunning) return;
    this.isRunning = true;
    const next = (): void => {
      const { rate, perFrame, limit } = setting();
      const left = limit - this.steps;
      if (left <= 0 || this.areOver) {
        this.stop();
        return;
      }
      this.step(Math.min(perFrame, left), rate);
      this.#frame = requestAnimationFrame(next);
    };
    this.#frame = requestAnimationFrame(next);
  }

  stop(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    this.isRunning = false;
  }

  /** More steps would change nothing. */
  get areOver(): boolean {
    return WIRINGS.every((wiring) => isOver(this.traces[wiring]));
  }
}

function tracesFrom(start: readonly Layer[]): Readonly<Record<Wiring, Trace>> {
  return { plain: startOf(start, 'plain'), shortcut: startOf(start, 'shortcut') };
}
