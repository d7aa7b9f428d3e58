// Whatever the parser accepts must compute the same recorded, eagerly and, where PyTorch is there, in
// PyTorch. The specs are drawn, with a fixed seed; a failure is shrunk to a small spec. `npm run torture
// -- numbers` tries more of them.
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { failOnLeaks } from '../engine/testing/leaks.ts';
import {
  randomClassifiers,
  randomNetworks,
  recordedAgainstEager,
  recordedAgainstTorch,
  tooWide,
} from './testing/random-networks.ts';
import { findPythonWithTorch, TorchOracle } from './testing/torch-oracle.ts';

failOnLeaks();

const SEED = 20_161_104;
const parameters = { seed: SEED, numRuns: 12 } as const;

test('a recorded step of any network does what its eager step does', () => {
  fc.assert(
    fc.property(randomNetworks, (network) => {
      expect(tooWide(recordedAgainstEager(network, SEED))).toEqual([]);
    }),
    parameters,
  );
});

const python = findPythonWithTorch();
const oracle = python === undefined ? undefined : new TorchOracle(python);
afterAll(() => oracle?.close());

test.skipIf(oracle === undefined)(
  'any classifier computes what PyTorch computes (needs a Python with torch: set PYTHON)',
  async () => {
    await fc.assert(
      fc.asyncProperty(randomClassifiers, async (network) => {
        if (!oracle) throw new Error('There is no oracle.');
        expect(tooWide(await recordedAgainstTorch(network, oracle))).toEqual([]);
      }),
      parameters,
    );
  },
);
