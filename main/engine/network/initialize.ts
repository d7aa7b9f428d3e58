// Starting weights: a pure function of plan and seed, independent of TensorFlow's version and device.
import { createRng } from '../../../shared/rng.ts';
import { sizeOf, weightsOf, type Weight } from '../../zoo/parameters.ts';
import type { NetworkPlan } from '../../zoo/plan.ts';

/** Values of every parameter and statistic by name, in the engine's layout. */
export function initialWeights(plan: NetworkPlan, seed: number): Map<string, Float32Array> {
  return new Map(weightsOf(plan).map((weight) => [weight.name, draw(weight, seed)]));
}

/** Each weight has a stream of its own, so adding a layer does not change the others. */
function draw({ name, shape, initial }: Weight, seed: number): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  switch (initial.kind) {
    case 'constant':
      return values.fill(initial.value);
    case 'normal': {
      createRng(seed, 'weights', name).fillNormal(values, initial.deviation);
      return values;
    }
    case 'uniform': {
      const rng = createRng(seed, 'weights', name);
      return values.map(() => (2 * rng.uniform() - 1) * initial.bound);
    }
  }
}
