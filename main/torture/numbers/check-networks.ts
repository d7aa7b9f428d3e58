// Random networks, recorded and computed in another way.
import path from 'node:path';
import { projectFolder } from '../../host/program-files.ts';
import type { Outcome } from '../attack.ts';
import {
  randomClassifiers,
  randomNetworks,
  recordedAgainstEager,
  recordedAgainstTorch,
  tooWide,
  type RandomNetwork,
} from '../../parity/testing/random-networks.ts';
import { findPythonWithTorch, TorchOracle } from '../../parity/testing/torch-oracle.ts';
import { checkProperty } from '../fuzz/check.ts';

export async function checkNetworks(
  against: 'eager' | 'torch',
  count: number,
  seed: number,
): Promise<Outcome> {
  if (against === 'eager') {
    const fault = (network: RandomNetwork) =>
      Promise.resolve(sentence(tooWide(recordedAgainstEager(network, seed))));
    return await checkProperty({ input: randomNetworks, fault }, count, { seed });
  }
  const python = findPythonWithTorch();
  if (python === undefined) {
    return { cases: 0, findings: [], notes: ['no Python with torch and safetensors here'] };
  }
  const script = path.join(projectFolder(), 'main', 'parity', 'torch_oracle.py');
  const oracle = new TorchOracle(python, script);
  try {
    const fault = async (network: RandomNetwork) =>
      sentence(tooWide(await recordedAgainstTorch(network, oracle)));
    return await checkProperty({ input: randomClassifiers, fault }, count, { seed });
  } finally {
    oracle.close();
  }
}

function sentence(gaps: readonly string[]): string | undefined {
  return gaps.length === 0 ? undefined : gaps.join('; ');
}
