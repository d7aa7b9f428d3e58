// A network for the length of a test, recorded or run eagerly, with the weights of one seed and the test's data.
import { initialWeights } from '../network/initialize.ts';
import { Network, networkProgram, recordNetwork } from '../network/network.ts';
import type { NetworkProgramOptions } from '../network/steps.ts';
import { createEagerProgram } from '../recording/eager-program.ts';

/** @returns a function that makes a network, calls back with it, and disposes of it */
export function networksOn({
  images,
  labels,
}: {
  readonly images: Uint8Array;
  readonly labels: Int32Array;
}) {
  return <T>(
    options: NetworkProgramOptions,
    body: (network: Network) => T,
    execution: 'recorded' | 'eager' = 'recorded',
  ): T => {
    const network =
      execution === 'eager'
        ? new Network(options, createEagerProgram(networkProgram(options, 'train')))
        : recordNetwork(options, 'train');
    try {
      network.writeWeights(initialWeights(options.plan, 3));
      network.writeSlots(new Map());
      if (options.data.kind === 'resident') network.writeData(images, labels);
      return body(network);
    } finally {
      network.dispose();
    }
  };
}
