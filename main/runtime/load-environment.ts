// The environment variables that steer TensorFlow. They are read when the library loads, so they are
// set when the trainer is forked, and recorded with each run because they change speed and rounding.
import path from 'node:path';
import { defaultCacheFolder } from './cache.ts';
import type { Environment, Runtime } from './runtime.ts';
import { hidesCaches } from './hidden-caches.ts';

export type TrainerDevice =
  | { readonly kind: 'cpu' }
  /** Each an index as nvidia-smi counts, or a `GPU-…` uuid; the process counts them in this order. */
  | { readonly kind: 'cuda'; readonly gpus: readonly (number | string)[] };

export interface TrainerSettings {
  /** Threads within one op; TensorFlow's default is one per core. */
  readonly intraOpThreads?: number;
  /** Ops at once. */
  readonly interOpThreads?: number;
  /** Same bits at every run on this machine; slower on a GPU. */
  readonly deterministic?: boolean;
  /** XLA's automatic clustering; measured slower on CPUs. */
  readonly xla?: boolean;
  /** TensorFlow's own notes on stderr. */
  readonly verbose?: boolean;
}

/** Variables that change what TensorFlow computes or how fast. */
const STEERING = [
  'RESNET_LAB_AVOIDED_CONVOLUTIONS',
  'CUDA_DEVICE_ORDER',
  'CUDA_VISIBLE_DEVICES',
  'CUDA_CACHE_MAXSIZE',
  'CUDA_CACHE_PATH',
  'NVIDIA_TF32_OVERRIDE',
  'OMP_NUM_THREADS',
  'ONEDNN_MAX_CPU_ISA',
  'ONEDNN_DEFAULT_FPMATH_MODE',
  'XLA_FLAGS',
  'TF_OVERRIDE_GLOBAL_THREADPOOL',
  'TF_PER_DEVICE_MEMORY_LIMIT_MB',
] as const;

/** TensorFlow's families of them. Not all of `TF_`: Terraform keeps secrets in `TF_VAR_…`. */
const FAMILY =
  /^TF_(?:AUTO_MIXED_PRECISION|CPP|CPU|CUBLAS|CUDA|CUDNN|DETERMINISTIC|DISABLE|ENABLE|FORCE_GPU|GPU|MATMUL|MKL|NUM|ONEDNN|USE|XLA)_/;

/** Defaults that must be there before the library loads; a value that is already set wins. */
export function loadDefaults(
  runtime: Pick<Runtime, 'device' | 'wrongConvolutions'>,
  areCachesHidden = hidesCaches(),
): Readonly<Record<string, string>> {
  const always = {
    TF_CPP_MIN_LOG_LEVEL: '2',
    // oneDNN keeps the primitives of an op from step to step: a step of ResNet-110 at batch 16 takes 0.95
    // of the time. (TF_ONEDNN_THREADPOOL_USE_CALLER_THREAD helps a busy machine by 6 % and slows an idle
    // one by 10 %: left alone.)
    TF_MKL_OPTIMIZE_PRIMITIVE_MEMUSE: '0',
  };
  if (runtime.device === 'cpu') {
    return { ...always, ...oneDnnVariables(runtime.wrongConvolutions, areCachesHidden) };
  }
  return {
    ...always,
    // Else the first process takes all the memory of the GPU.
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    // A GPU newer than the library has its kernels compiled at first use, for up to half an hour
    // (tensorflow#60739); CUDA's own cache is too small to keep them.
    CUDA_CACHE_MAXSIZE: '4294967296',
    CUDA_CACHE_PATH: path.join(defaultCacheFolder(), 'cuda-kernels'),
  };
}

/** Read by the engine: kinds of convolutions that it has to put together from others. */
export const AVOIDED_CONVOLUTIONS = 'RESNET_LAB_AVOIDED_CONVOLUTIONS';

/**
 * Seen on virtual machines that hide their caches (AVX-512, TensorFlow 2.21): oneDNN's gradients of dilated and
 * grouped convolutions and of bfloat16 were wrong, and a wide 1×1 one divided by zero. TensorFlow's own kernels are
 * right. Elsewhere the numbers decide (convolution-check.ts). Where caches are hidden they do not: which shapes are
 * wrong differs from machine to machine, and one passed all plain, grouped and dilated convolutions that are
 * checked while smaller ones were wrong.
 *
 * Where it is right it is switched on: TensorFlow does so by itself only on processors with AVX512_VNNI or newer
 * instructions, and without it a step takes twice as long (docs/decisions, 2026-11-30).
 */
function oneDnnVariables(
  wrong: Runtime['wrongConvolutions'],
  areCachesHidden: boolean,
): Readonly<Record<string, string>> {
  if (areCachesHidden || wrong?.includes('plain') === true) return { TF_ENABLE_ONEDNN_OPTS: '0' };
  // Not checked: TensorFlow's own default.
  if (wrong === undefined) return {};
  return {
    TF_ENABLE_ONEDNN_OPTS: '1',
    ...(wrong.length === 0 ? {} : { [AVOIDED_CONVOLUTIONS]: wrong.join(',') }),
  };
}

/** What to add to the environment of a trainer that is about to be started. */
export function trainerEnvironment(
  runtime: Pick<Runtime, 'device' | 'wrongConvolutions'>,
  device: TrainerDevice,
  settings: TrainerSettings = {},
  env: Environment = process.env,
  areCachesHidden = hidesCaches(),
): Readonly<Record<string, string>> {
  const defaults = Object.entries(loadDefaults(runtime, areCachesHidden)).filter(
    ([name]) => env[name] === undefined,
  );
  const set: Record<string, string> = Object.fromEntries(defaults);
  if (device.kind === 'cuda') {
    // Count GPUs as nvidia-smi does, not by speed.
    set['CUDA_DEVICE_ORDER'] = 'PCI_BUS_ID';
    set['CUDA_VISIBLE_DEVICES'] = device.gpus.join(',');
    set['TF_GPU_ALLOCATOR'] = env['TF_GPU_ALLOCATOR'] ?? 'cuda_malloc_async';
    set['TF_GPU_THREAD_MODE'] = env['TF_GPU_THREAD_MODE'] ?? 'gpu_private';
  } else {
    set['CUDA_VISIBLE_DEVICES'] = '-1';
  }
  const { intraOpThreads, interOpThreads } = settings;
  if (intraOpThreads !== undefined) set['TF_NUM_INTRAOP_THREADS'] = String(intraOpThreads);
  if (interOpThreads !== undefined) set['TF_NUM_INTEROP_THREADS'] = String(interOpThreads);
  if (settings.deterministic === true) set['TF_DETERMINISTIC_OPS'] = '1';
  if (settings.xla === true) set['TF_XLA_FLAGS'] = '--tf_xla_auto_jit=2';
  if (settings.verbose === true) set['TF_CPP_MIN_LOG_LEVEL'] = '0';
  return set;
}

/** Those variables of a process that steer TensorFlow, to be recorded with a run. */
export function steeringVariables(
  env: Environment = process.env,
): Readonly<Record<string, string>> {
  const found = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      (FAMILY.test(entry[0]) || STEERING.some((name) => name === entry[0])),
  );
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * True for the notes that TensorFlow 2.21 prints while it is loaded whatever TF_CPP_MIN_LOG_LEVEL says.
 * Whoever shows a trainer's stderr to a person may leave them out.
 */
export function isLoadNote(line: string): boolean {
  return (
    line.startsWith('WARNING: All log messages before absl::InitializeLog()') ||
    /^I0000 .*\bport\.cc:\d+\] oneDNN custom operations are on/.test(line)
  );
}
