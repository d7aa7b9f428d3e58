// Decides which TensorFlow a machine gets. Pure: facts and the user's wish in, a route with its
// reasons out. The limits of each build are stated here, once, for the choice and for the doctor.
import { inputError } from '../../shared/errors.ts';
import type { MachineFacts } from './machine.ts';
import type { Gpu } from './nvidia-smi.ts';
import type { DeviceKind, Environment } from './runtime.ts';

export const WHEEL_VERSION = '2.21.0';
export const INSTALLER_VERSION = '2.9.1';

export interface Route {
  readonly origin: 'wheel' | 'installer';
  readonly device: DeviceKind;
  readonly tensorflowVersion: string;
  /** Sentences, most important first. */
  readonly reasons: readonly string[];
}

/** What the user asked for with RESNET_LAB_RUNTIME_ROUTE. */
export const WISHES = ['auto', 'wheel', 'wheel-cpu', 'installer', 'installer-cpu'] as const;
export type Wish = (typeof WISHES)[number];

export function readWish(env: Environment): Wish {
  const text = env['RESNET_LAB_RUNTIME_ROUTE'] || 'auto';
  const wish = WISHES.find((candidate) => candidate === text);
  if (wish === undefined) {
    throw inputError(
      'unknown-runtime-route',
      `RESNET_LAB_RUNTIME_ROUTE is "${text}"; use one of ${WISHES.join(', ')}.`,
      { details: { given: text, expected: WISHES } },
    );
  }
  return wish;
}

export type RouteFacts = Pick<MachineFacts, 'platform' | 'arch' | 'libc' | 'gpus'>;

export function chooseRoute(facts: RouteFacts, wish: Wish): Route {
  const noWheel = whyNoWheel(facts);
  if (wish === 'installer' || wish === 'installer-cpu') {
    return installerRoute(facts, wish, [`RESNET_LAB_RUNTIME_ROUTE asks for ${wish}.`]);
  }
  if (noWheel !== undefined) return installerRoute(facts, wish, [noWheel]);
  if (wish === 'wheel-cpu') {
    return wheelRoute('cpu', ['RESNET_LAB_RUNTIME_ROUTE asks for wheel-cpu.']);
  }
  const verdicts = facts.gpus.gpus.map((gpu) => ({ gpu, against: whyNotOnWheel(gpu, facts) }));
  const usable = verdicts.filter(({ against }) => against === undefined);
  const against = verdicts.flatMap(({ against }) => (against === undefined ? [] : [against]));
  const { problem } = facts.gpus;
  const unclear = problem === undefined ? [] : [`${sentence(problem)} GPUs are not used.`];
  if (usable.length > 0) {
    const names = usable.map(({ gpu }) => nameOf(gpu)).join(', ');
    return wheelRoute('cuda', [`TensorFlow ${WHEEL_VERSION} supports ${names}.`, ...against]);
  }
  const none = ['No NVIDIA GPU was found, so training runs on the CPU.'];
  return wheelRoute('cpu', against.length + unclear.length > 0 ? [...against, ...unclear] : none);
}

function wheelRoute(device: DeviceKind, reasons: readonly string[]): Route {
  return { origin: 'wheel', device, tensorflowVersion: WHEEL_VERSION, reasons };
}

function installerRoute(facts: RouteFacts, wish: Wish, reasons: readonly string[]): Route {
  const base = { origin: 'installer', tensorflowVersion: INSTALLER_VERSION } as const;
  const hasGpuBuild = facts.arch === 'x64' && ['linux', 'win32'].includes(facts.platform);
  const wanted = wish !== 'installer-cpu' && wish !== 'wheel-cpu';
  const verdicts = facts.gpus.gpus.map((gpu) => ({ gpu, against: whyNotOnInstaller(gpu) }));
  const usable = verdicts.filter(({ against }) => against === undefined);
  if (!wanted || !hasGpuBuild || usable.length === 0) {
    const against = verdicts.flatMap((verdict) => verdict.against ?? []);
    return { ...base, device: 'cpu', reasons: [...reasons, ...(wanted ? against : [])] };
  }
  const names = usable.map(({ gpu }) => nameOf(gpu)).join(', ');
  const needs = `TensorFlow ${INSTALLER_VERSION} can use ${names} when CUDA 11 (11.2 to 11.8) and cuDNN 8 are installed.`;
  return { ...base, device: 'cuda', reasons: [...reasons, needs] };
}

/** Why the wheel cannot serve this platform; undefined when it can. */
export function whyNoWheel({ platform, arch, libc }: RouteFacts): string | undefined {
  const instead = `so tfjs-node-gpu's own TensorFlow ${INSTALLER_VERSION} is used.`;
  if (platform === 'win32') {
    return `On Windows TensorFlow's wheels have no library to link against, ${instead}`;
  }
  if (platform === 'darwin' && arch !== 'arm64') {
    return `TensorFlow ${WHEEL_VERSION} has no wheels for Macs with an Intel processor, ${instead}`;
  }
  if (platform === 'linux' && libc.kind === 'musl') {
    return `This Linux uses musl and TensorFlow's wheels need glibc, ${instead}`;
  }
  if (platform === 'linux' && libc.kind === 'glibc' && isOlder(libc.version, '2.27')) {
    return `This Linux has glibc ${libc.version} and TensorFlow ${WHEEL_VERSION} needs 2.27, ${instead}`;
  }
  return undefined;
}

/** The 2.18–2.21 wheels: CUDA 12.5, kernels for 6.0–8.9, and intermediate code for 9.0. */
export function whyNotOnWheel(gpu: Gpu, { platform, arch }: RouteFacts): string | undefined {
  const start = `${nameOf(gpu)} is not used`;
  if (platform !== 'linux' || arch !== 'x64') {
    return `${start}: TensorFlow's wheels have CUDA only for Linux on x64.`;
  }
  const capability = gpu.computeCapability;
  if (capability === '') {
    return `${start}: its driver ${gpu.driverVersion} is too old to tell its compute capability; update the NVIDIA driver to 555 or newer.`;
  }
  if (isOlder(capability, '6.0')) {
    return `${start}: TensorFlow ${WHEEL_VERSION} needs compute capability 6.0; RESNET_LAB_RUNTIME_ROUTE=installer with CUDA 11 and cuDNN 8 installed can use it.`;
  }
  if (!isOlder(capability, '10.0')) {
    return `${start}: TensorFlow's wheels do not run on compute capability ${capability} (RTX 50 and newer, tensorflow#89272); set RESNET_LAB_RUNTIME to a TensorFlow built for it.`;
  }
  // CUDA 12 promises to run on any driver of its first release; compiling PTX of 12.5 it does not.
  const needed = isOlder(capability, '9.0') ? '525.60' : '555.42';
  if (isOlder(gpu.driverVersion, needed)) {
    return `${start}: its driver ${gpu.driverVersion} is too old for CUDA 12.5; update the NVIDIA driver to ${needed} or newer (555 is best).`;
  }
  return undefined;
}

/** libtensorflow 2.9.1: CUDA 11, kernels for 3.5–7.5 and intermediate code for 8.0. */
export function whyNotOnInstaller(gpu: Gpu): string | undefined {
  const start = `${nameOf(gpu)} is not used`;
  const capability = gpu.computeCapability;
  if (capability !== '' && isOlder(capability, '3.5')) {
    return `${start}: TensorFlow ${INSTALLER_VERSION} needs compute capability 3.5.`;
  }
  if (!isOlder(capability, '10.0')) {
    return `${start}: TensorFlow ${INSTALLER_VERSION} has no code for compute capability ${capability} (RTX 50 and newer).`;
  }
  return undefined;
}

export function nameOf(gpu: Gpu): string {
  const capability = gpu.computeCapability === '' ? '' : ` (compute ${gpu.computeCapability})`;
  return gpu.name + capability;
}

/** Compares dotted versions number by number. */
export function isOlder(version: string, than: string): boolean {
  const a = version.split('.').map(Number);
  const b = than.split('.').map(Number);
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function sentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;
}
