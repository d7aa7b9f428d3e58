// Parameters and multiply-adds of every named network, exactly as PyTorch counts them in its own build of
// the same definition (`torch_oracle.py counts`).
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { isAutoencoder } from '../../shared/spec/autoencoder.ts';
import { buildPlan } from '../zoo/build-plan.ts';
import { listArchitectures } from '../zoo/registry.ts';
import { summarize } from '../zoo/summary.ts';

const Counts = z.record(z.string(), z.strictObject({ parameters: z.int(), macs: z.int() }));

test('every name has the parameters and multiply-adds that PyTorch counts', () => {
  const file = new URL('fixtures/counts.json', import.meta.url);
  const counts = Counts.parse(JSON.parse(readFileSync(file, 'utf8')));
  // Autoencoders are held against PyTorch weight by weight, see autoencoder-parity.native.test.ts.
  const classifiers = listArchitectures().filter(({ spec }) => !isAutoencoder(spec));
  const ours = classifiers.map(({ name, spec, input, classes }) => {
    const { parameters, macs } = summarize(buildPlan(spec, { input, classes }));
    return [name, { parameters, macs }];
  });
  expect(Object.fromEntries(ours)).toEqual(counts);
});
