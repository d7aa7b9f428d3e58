// Six scalar layers y ← w x + b that are fitted to y = 4x + 3 by gradient descent, with or without a shortcut
// over the last four (the toy behind "learning zero is easy"; He et al. 2015, section 3.1). Pure.
import { createRng } from '../../../../shared/rng.ts';

/** One scalar layer: h ← weight · h + bias. */
export interface Layer {
  readonly weight: number;
  readonly bias: number;
}

/** An affine function of the network's input. Every layer's output is one, and so is the network. */
export interface Line {
  readonly slope: number;
  readonly offset: number;
}

/** `plain`: six layers in a row. `shortcut`: what the last four compute is added to their input. */
export type Wiring = 'plain' | 'shortcut';

export const LAYER_COUNT = 6;
/** Layers ahead of the shortcut; two are enough for any line. */
export const AHEAD = 2;
export const TARGET: Line = { slope: 4, offset: 3 };

/** The mean of x² over 21 places evenly from −1 to 1; the mean of x over them is 0. */
const MEAN_SQUARE = 110 / 300;

/** Layers with weights and biases from a normal distribution with mean 0. */
export function drawLayers(seed: number, deviation: number): Layer[] {
  const rng = createRng(seed, 'scalar-network');
  return Array.from({ length: LAYER_COUNT }, () => ({
    weight: deviation * rng.normal(),
    bias: deviation * rng.normal(),
  }));
}

/** What a row of layers makes of a line. */
export function through(layers: readonly Layer[], input: Line): Line {
  return layers.reduce(
    ({ slope, offset }, { weight, bias }) => ({
      slope: weight * slope,
      offset: weight * offset + bias,
    }),
    input,
  );
}

export const INPUT: Line = { slope: 1, offset: 0 };

/** The function that the network computes. */
export function outputOf(layers: readonly Layer[], wiring: Wiring): Line {
  const ahead = through(layers.slice(0, AHEAD), INPUT);
  const last = through(layers.slice(AHEAD), ahead);
  return wiring === 'plain'
    ? last
    : { slope: ahead.slope + last.slope, offset: ahead.offset + last.offset };
}

/** What the last four layers compute of their own input: the identity or zero leaves it to the first two. */
export function lastFour(layers: readonly Layer[]): Line {
  return through(layers.slice(AHEAD), INPUT);
}

/** Mean squared error over 21 places evenly from −1 to 1. */
export function lossOf(layers: readonly Layer[], wiring: Wiring): number {
  const { slope, offset } = outputOf(layers, wiring);
  return MEAN_SQUARE * (slope - TARGET.slope) ** 2 + (offset - TARGET.offset) ** 2;
}

/** The loss's derivatives by each weight and bias, by back-propagation through the lines. */
export function gradientOf(layers: readonly Layer[], wiring: Wiring): Layer[] {
  const lines: Line[] = [INPUT];
  for (const layer of layers) lines.push(through([layer], lines.at(-1) ?? INPUT));
  const output = outputOf(layers, wiring);
  const atOutput: Line = {
    slope: 2 * MEAN_SQUARE * (output.slope - TARGET.slope),
    offset: 2 * (output.offset - TARGET.offset),
  };
  const gradient: Layer[] = [];
  let arriving = atOutput;
  for (let i = layers.length - 1; i >= 0; i--) {
    const weight = layers[i]?.weight ?? 0;
    const input = lines[i] ?? INPUT;
    gradient.unshift({
      weight: arriving.slope * input.slope + arriving.offset * input.offset,
      bias: arriving.offset,
    });
    arriving = { slope: weight * arriving.slope, offset: weight * arriving.offset };
    if (wiring === 'shortcut' && i === AHEAD) {
      arriving = {
        slope: arriving.slope + atOutput.slope,
        offset: arriving.offset + atOutput.offset,
      };
    }
  }
  return gradient;
}

/** One step of gradient descent. */
export function descend(layers: readonly Layer[], wiring: Wiring, rate: number): Layer[] {
  const gradient = gradientOf(layers, wiring);
  return layers.map(({ weight, bias }, i) => ({
    weight: weight - rate * (gradient[i]?.weight ?? 0),
    bias: bias - rate * (gradient[i]?.bias ?? 0),
  }));
}

/** A loss from which the line looks exact. */
export const SOLVED_LOSS = 1e-3;

export type Ending = 'solved' | 'unsolved' | 'diverged';

/** A loss that gradient descent does not come back from. */
const DIVERGED_LOSS = 1e12;

export function endingOf(loss: number): Ending {
  if (!(loss < DIVERGED_LOSS)) return 'diverged';
  return loss < SOLVED_LOSS ? 'solved' : 'unsolved';
}

export interface Training {
  readonly layers: readonly Layer[];
  readonly loss: number;
  readonly steps: number;
}

/** Trains until the loss is low, is lost, or the steps are used up. */
export function train(
  start: readonly Layer[],
  options: { readonly wiring: Wiring; readonly rate: number; readonly steps: number },
): Training {
  const { wiring, rate } = options;
  let layers = start;
  let loss = lossOf(layers, wiring);
  let steps = 0;
  while (steps < options.steps && endingOf(loss) === 'unsolved') {
    layers = descend(layers, wiring, rate);
    loss = lossOf(layers, wiring);
    steps++;
  }
  return { layers, loss, steps };
}
