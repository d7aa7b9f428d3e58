// Filter-normalized random directions in the space of weights (Li et al. 2018, arXiv 1712.09913, section
// 4). Pure; arrays are in the engine's layout, where the last axis counts a layer's filters.
import { createRng } from '../../../shared/rng.ts';
import type { Weight } from '../../zoo/parameters.ts';

export type WeightArrays = ReadonlyMap<string, Float32Array>;

/** A direction for every kernel and matrix; biases, batch norm's parameters and statistics have none. */
export function randomDirection(
  weights: readonly Weight[],
  seed: number,
  axis: 'a' | 'b',
): Map<string, Float32Array> {
  return new Map(
    weights
      .filter(({ trained, shape }) => trained && shape.length > 1)
      .map(({ name, shape }) => {
        const rng = createRng(seed, 'landscape', axis, name);
        const size = shape.reduce((product, dim) => product * dim, 1);
        return [name, Float32Array.from({ length: size }, () => rng.normal())];
      }),
  );
}

/** d ← d / ‖d‖ · ‖θ‖, for each filter (output channel, or row of the last layer). */
export function normalizeFilters(
  direction: WeightArrays,
  values: WeightArrays,
  weights: readonly Weight[],
): Map<string, Float32Array> {
  return new Map(
    weights.flatMap(({ name, shape }): [string, Float32Array][] => {
      const d = direction.get(name);
      if (d === undefined) return [];
      const theta = values.get(name);
      const filters = shape.at(-1) ?? 1;
      if (theta?.length !== d.length) throw new Error(`${name} has no values of its shape.`);
      const result = new Float32Array(d.length);
      for (let f = 0; f < filters; f++) {
        const factor = normOf(theta, f, filters) / (normOf(d, f, filters) + EPSILON);
        for (let i = f; i < d.length; i += filters) result[i] = (d[i] ?? 0) * factor;
      }
      return [[name, result]];
    }),
  );
}

/** The authors' code adds it to a direction's norm. */
const EPSILON = 1e-10;

function normOf(values: Float32Array, filter: number, filters: number): number {
  let squares = 0;
  for (let i = filter; i < values.length; i += filters) squares += (values[i] ?? 0) ** 2;
  return Math.sqrt(squares);
}

/** θ + a · d + b · e, for the weights that have directions. */
export function moved(
  values: WeightArrays,
  plane: { readonly d: WeightArrays; readonly e: WeightArrays },
  [a, b]: readonly [number, number],
): Map<string, Float32Array> {
  return new Map(
    [...plane.d].map(([name, d]) => {
      const theta = values.get(name) ?? new Float32Array(d.length);
      const e = plane.e.get(name) ?? new Float32Array(d.length);
      return [name, theta.map((value, i) => value + a * (d[i] ?? 0) + b * (e[i] ?? 0))];
    }),
  );
}
