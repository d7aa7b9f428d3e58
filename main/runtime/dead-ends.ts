// Known limits of the TensorFlow builds that apply to a machine, each as a sentence with the next step.
// Pure; the limits themselves are in `route.ts`, the sources in the issue numbers.
import { isOlder, nameOf, whyNotOnInstaller, whyNotOnWheel, whyNoWheel } from './route.ts';
import type { Route, RouteFacts } from './route.ts';

export interface DeadEnd {
  /** Stable, for scripts. */
  readonly code: string;
  readonly sentence: string;
}

export function findDeadEnds(
  facts: RouteFacts,
  route: Pick<Route, 'origin'>,
  instructionSets: readonly string[] = [],
): readonly DeadEnd[] {
  const ends: DeadEnd[] = [];
  const add = (code: string, sentence: string) => ends.push({ code, sentence });
  const { platform, arch, libc, gpus } = facts;
  const noWheel = whyNoWheel(facts);
  if (platform === 'linux' && libc.kind === 'musl') {
    add(
      'musl',
      'TensorFlow is published only for Linux with glibc and this one uses musl: use Debian, Ubuntu or Fedora (or a container of one), or set RESNET_LAB_RUNTIME to a TensorFlow built for musl.',
    );
  } else if (noWheel !== undefined) add(noWheelCode(platform), noWheel);
  if (platform === 'win32') {
    add(
      'windows-gpu',
      'TensorFlow ended GPU support on native Windows with 2.10; for a current TensorFlow on the GPU run ResNet Lab inside WSL2.',
    );
  }
  if (gpus.problem !== undefined) {
    add(
      'gpu-unknown',
      `GPUs could not be listed (${gpus.problem}); make "nvidia-smi" work in a terminal, usually by reinstalling the NVIDIA driver or rebooting after its update.`,
    );
  }
  for (const gpu of gpus.gpus) {
    const capability = gpu.computeCapability;
    const against = route.origin === 'wheel' ? whyNotOnWheel(gpu, facts) : whyNotOnInstaller(gpu);
    if (against !== undefined) add('gpu-unsupported', against);
    else if (capability !== '' && !isOlder(capability, '9.0')) {
      const [code, build] =
        route.origin === 'installer'
          ? [
              'hopper-jit',
              'TensorFlow 2.9.1 has no kernels for it and compiles them at first use, for up to 30 minutes (tensorflow#60739)',
            ]
          : [
              'hopper-ptx',
              'the wheels carry only intermediate code for it, which the driver compiles at first use',
            ];
      add(
        code,
        `${nameOf(gpu)}: ${build}; wait once, the result is kept in ResNet Lab's cache folder.`,
      );
    }
  }
  // Linux lists the instruction sets; an empty list elsewhere means only that they are not known.
  if (platform === 'linux' && arch === 'x64' && instructionSets.length === 0) {
    add(
      'no-avx',
      "This processor does not report AVX, which TensorFlow's builds need; use another machine, or set RESNET_LAB_RUNTIME to a TensorFlow built without it.",
    );
  }
  return ends;
}

function noWheelCode(platform: NodeJS.Platform): string {
  if (platform === 'win32') return 'windows-wheel';
  return platform === 'darwin' ? 'mac-intel' : 'glibc-too-old';
}
