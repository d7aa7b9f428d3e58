// Which of TensorFlow's CPU kernels are known to compute wrongly on a machine, and what is done about it.
// Pure; `npm run kernels` looks for others.
import { loadDefaults } from './load-environment.ts';
import type { Environment } from './runtime.ts';

export interface KernelFault {
  /** Stable, for scripts. */
  readonly code: 'hidden-caches' | 'hidden-caches-forced' | 'narrow-strided-1x1';
  readonly sentence: string;
}

export interface KernelFacts {
  readonly arch: string;
  readonly instructionSets: readonly string[];
  readonly areCachesHidden: boolean;
  readonly env: Environment;
}

/** The faults are oneDNN's, which TensorFlow has on x86 only. */
export function findKernelFaults(facts: KernelFacts): readonly KernelFault[] {
  const { arch, instructionSets, areCachesHidden, env } = facts;
  if (arch !== 'x64') return [];
  const defaults = loadDefaults({ device: 'cpu' }, areCachesHidden);
  const isOff = (env['TF_ENABLE_ONEDNN_OPTS'] ?? defaults['TF_ENABLE_ONEDNN_OPTS']) === '0';
  const faults: KernelFault[] = [];
  if (areCachesHidden && isOff) {
    faults.push({
      code: 'hidden-caches',
      sentence:
        "This virtual machine hides the sizes of its caches, and oneDNN's kernels compute wrong gradients then; trainings use TensorFlow's own, which are right. To train faster, let the machine pass its caches on (QEMU: -cpu host,host-cache-info=on).",
    });
  } else if (areCachesHidden) {
    faults.push({
      code: 'hidden-caches-forced',
      sentence:
        "TF_ENABLE_ONEDNN_OPTS turns oneDNN on although this virtual machine hides the sizes of its caches; many of oneDNN's gradients are wrong then. Unset it.",
    });
  }
  const block = instructionSets.some((name) => name.startsWith('AVX512'))
    ? 16
    : instructionSets.includes('AVX2')
      ? 8
      : undefined;
  if (!isOff && block !== undefined) {
    faults.push({
      code: 'narrow-strided-1x1',
      sentence: `oneDNN's weight gradient of a strided 1×1 convolution of fewer than ${block} channels overruns memory (oneDNN#6035); the engine convolves every second pixel instead, so trainings never use it.`,
    });
  }
  return faults;
}
