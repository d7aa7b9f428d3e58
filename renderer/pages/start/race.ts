// The first thing to try: the demonstration's network beside its plain twin. Takes about two minutes on
// two cores.
import {
  DEMONSTRATION_DATA,
  demonstrationNetwork,
  demonstrationRecipe,
} from '../../../shared/spec/demonstration.ts';
import { RunSpec } from '../../../shared/spec/run.ts';
import type { CallInput } from '../../client/host.ts';

/** Enough that the residual network is well ahead: 32 to 45 % correct against 20 to 28 % (three seeds). */
const RACE_STEPS = 320;

export function raceInput(): CallInput<'runs.start'> {
  const spec = RunSpec.omit({ seed: true }).parse({
    name: 'Race',
    group: 'Plain against residual',
    architecture: demonstrationNetwork(),
    recipe: demonstrationRecipe({ name: 'race', steps: RACE_STEPS, diagnosticsEvery: 5 }),
    data: { source: DEMONSTRATION_DATA },
  });
  return { spec, seeds: [0], withPlainTwin: true };
}
