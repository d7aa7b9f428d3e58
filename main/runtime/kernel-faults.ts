// Which of TensorFlow's CPU kernels are known to compute wrongly on a machine, and what is done about it.
// Pure; `npm run kernels` looks for others.
import { loadDefaults } from './load-environment.ts';
import type { ConvolutionVerdict } from './convolution-check.ts';
import type { Environment } from './runtime.ts';

export interface KernelFault {
  /** Stable, for scripts. */
  readonly code:
    | 'hidden-caches'
    | 'hidden-caches-forced'
    | 'wrong-convolutions'
    | 'wrong-convolutions-forced'
    | 'narrow-strided-1x1';
  readonly sentence: string;
}

export interface KernelFacts {
  readonly arch: string;
  readonly instructionSets: readonly string[];
  readonly areCachesHidden: boolean;
  /** Undefined where nobody has checked yet. */
  readonly verdict?: ConvolutionVerdict | undefined;
  readonly env: Environment;
}

/** The faults are oneDNN's, which TensorFlow has on x86 only. */
export function findKernelFaults(facts: KernelFacts): readonly KernelFault[] {
  const { arch, instructionSets, areCachesHidden, verdict, env } = facts;
  if (arch !== 'x64') return [];
  const wrongConvolutions = verdict?.faults.map(({ kind }) => kind);
  const defaults = loadDefaults(
    { device: 'cpu', ...(wrongConvolutions === undefined ? {} : { wrongConvolutions }) },
    areCachesHidden,
  );
  const isOff = (env['TF_ENABLE_ONEDNN_OPTS'] ?? defaults['TF_ENABLE_ONEDNN_OPTS']) === '0';
  const faults: KernelFault[] = areCachesHidden ? hiddenCaches(isOff) : wrongOnes(verdict, isOff);
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

/** Judged by the sign: a check of some shapes has passed where others were wrong. */
function hiddenCaches(isOff: boolean): KernelFault[] {
  if (isOff) {
    const sentence =
      "This virtual machine hides the sizes of its caches, and oneDNN computes wrong gradients then; TensorFlow's own kernels are used, which are right and slower. Let the machine pass its caches on (QEMU: -cpu host,host-cache-info=on).";
    return [{ code: 'hidden-caches', sentence }];
  }
  const sentence =
    'TF_ENABLE_ONEDNN_OPTS turns oneDNN on although this virtual machine hides the sizes of its caches; many gradients may be wrong. Unset it.';
  return [{ code: 'hidden-caches-forced', sentence }];
}

function wrongOnes(verdict: ConvolutionVerdict | undefined, isOff: boolean): KernelFault[] {
  const { faults } = verdict ?? { faults: [] };
  if (faults.length === 0) return [];
  const sentences = faults.map(({ sentence }) => sentence).join(' ');
  if (isOff) {
    const sentence = `oneDNN computes plain convolutions wrongly on this processor, so trainings use TensorFlow's own kernels, which are right and slower. ${sentences}`;
    return [{ code: 'wrong-convolutions', sentence }];
  }
  if (faults.some(({ kind }) => kind === 'plain')) {
    const sentence = `TF_ENABLE_ONEDNN_OPTS turns oneDNN on although it computes plain convolutions wrongly on this processor. ${sentences} Unset it.`;
    return [{ code: 'wrong-convolutions-forced', sentence }];
  }
  const sentence = `oneDNN computes some convolutions wrongly on this processor; trainings put those together from others. ${sentences}`;
  return [{ code: 'wrong-convolutions', sentence }];
}
