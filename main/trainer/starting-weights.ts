// What a training begins with: random weights from its seed, or those of a file; said in the log, since
// nobody can see it in the curves.
import type { PreparedFacts, TrainJob } from '../../shared/contract/trainer.ts';
import { initialWeights } from '../engine/network/initialize.ts';
import type { Network } from '../engine/network/network.ts';
import type { NetworkProgramOptions } from '../engine/network/steps.ts';
import { sizeOf } from '../zoo/parameters.ts';
import { readStartingWeights } from './weight-file.ts';

/** Sets weights and slots to the beginning of the run; undefined where no file is involved. */
export async function writeStart(
  network: Network,
  { plan }: Pick<NetworkProgramOptions, 'plan'>,
  { spec }: TrainJob,
): Promise<PreparedFacts['start']> {
  const random = initialWeights(plan, spec.seed);
  if (spec.weights === undefined) {
    network.writeWeights(random);
    network.writeSlots(new Map());
    return undefined;
  }
  const newHead = spec.newHead ?? false;
  const { values, fresh, left } = await readStartingWeights(spec.weights, network.weights, {
    newHead,
  });
  network.writeWeights(new Map([...random, ...values]));
  network.writeSlots(new Map());
  return { file: spec.weights, taken: values.size, left: [...left], fresh: [...fresh] };
}

/** Undefined where everything is trained. */
export function frozenFacts(
  network: Network,
  { frozen }: Pick<NetworkProgramOptions, 'frozen'>,
): PreparedFacts['frozen'] {
  if (frozen === undefined) return undefined;
  const parameters = network.weights
    .filter(({ unit, trained }) => trained && frozen.units.has(unit))
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return { units: [...frozen.units], parameters };
}

/** Into the run's log: every tensor by name. */
export function logStart(network: Network, facts: Pick<PreparedFacts, 'start' | 'frozen'>): void {
  const { start, frozen } = facts;
  if (start !== undefined) {
    const fresh = new Set(start.fresh);
    const taken = network.weights.flatMap(({ name }) => (fresh.has(name) ? [] : [name]));
    console.log(`Weights from ${start.file}: ${start.taken} tensors taken: ${taken.join(', ')}`);
    if (start.left.length > 0) console.log(`Left in the file: ${start.left.join(', ')}`);
    if (fresh.size > 0) console.log(`Started anew: ${start.fresh.join(', ')}`);
  }
  if (frozen !== undefined) {
    console.log(`Frozen, ${frozen.parameters} parameters: ${frozen.units.join(', ')}`);
  }
}
