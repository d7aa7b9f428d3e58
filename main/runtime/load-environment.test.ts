import { expect, test } from 'vitest';
import type { ConvolutionKind } from './convolution-check-cases.ts';
import {
  isLoadNote,
  loadDefaults,
  steeringVariables,
  trainerEnvironment,
} from './load-environment.ts';

const CPU = { device: 'cpu' } as const;
const CUDA = { device: 'cuda' } as const;

test('a trainer on the CPU sees no GPU', () => {
  expect(trainerEnvironment(CPU, { kind: 'cpu' }, {}, {}, false)).toEqual({
    TF_CPP_MIN_LOG_LEVEL: '2',
    TF_MKL_OPTIMIZE_PRIMITIVE_MEMUSE: '0',
    CUDA_VISIBLE_DEVICES: '-1',
  });
});

test('a trainer on a GPU sees only that one, grows its memory and keeps compiled kernels', () => {
  const set = trainerEnvironment(CUDA, { kind: 'cuda', gpus: [1] }, {}, {});
  expect(set).toMatchObject({
    CUDA_VISIBLE_DEVICES: '1',
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    TF_GPU_ALLOCATOR: 'cuda_malloc_async',
    TF_GPU_THREAD_MODE: 'gpu_private',
    CUDA_CACHE_MAXSIZE: '4294967296',
  });
  expect(set['CUDA_CACHE_PATH']).toMatch(/resnet-lab.cuda-kernels$/);
});

test('settings become variables', () => {
  const settings = {
    intraOpThreads: 4,
    interOpThreads: 1,
    deterministic: true,
    xla: true,
    verbose: true,
  };
  expect(trainerEnvironment(CPU, { kind: 'cpu' }, settings, {})).toMatchObject({
    TF_NUM_INTRAOP_THREADS: '4',
    TF_NUM_INTEROP_THREADS: '1',
    TF_DETERMINISTIC_OPS: '1',
    TF_XLA_FLAGS: '--tf_xla_auto_jit=2',
    TF_CPP_MIN_LOG_LEVEL: '0',
  });
});

test("the user's own values win over defaults, but not over the choice of device", () => {
  const env = {
    TF_GPU_ALLOCATOR: 'bfc',
    TF_FORCE_GPU_ALLOW_GROWTH: 'false',
    CUDA_VISIBLE_DEVICES: '0,1',
  };
  const set = trainerEnvironment(CUDA, { kind: 'cuda', gpus: ['GPU-abc'] }, {}, env);
  expect({ ...env, ...set }).toMatchObject({
    TF_GPU_ALLOCATOR: 'bfc',
    TF_FORCE_GPU_ALLOW_GROWTH: 'false',
    CUDA_VISIBLE_DEVICES: 'GPU-abc',
  });
});

test('what steers TensorFlow is listed for the record, in a stable order, and nothing else', () => {
  const env = {
    PATH: '/bin',
    TF_XLA_FLAGS: '1',
    TF_GPU_ALLOCATOR: undefined,
    OMP_NUM_THREADS: '2',
    CUDA_HOME: '/x',
    TF_VAR_password: 'secret',
  };
  expect(Object.entries(steeringVariables(env))).toEqual([
    ['OMP_NUM_THREADS', '2'],
    ['TF_XLA_FLAGS', '1'],
  ]);
  expect(steeringVariables(loadDefaults(CUDA))).toEqual(loadDefaults(CUDA));
});

test('where the processor hides its caches, TensorFlow computes with its own kernels, unless told otherwise', () => {
  const cpu = { kind: 'cpu' } as const;
  expect(trainerEnvironment(CPU, cpu, {}, {}, true)).toMatchObject({ TF_ENABLE_ONEDNN_OPTS: '0' });
  const told = { TF_ENABLE_ONEDNN_OPTS: '1' };
  expect(trainerEnvironment(CPU, cpu, {}, told, true)).not.toHaveProperty('TF_ENABLE_ONEDNN_OPTS');
  expect(loadDefaults(CUDA, true)).not.toHaveProperty('TF_ENABLE_ONEDNN_OPTS');
});

test('oneDNN is used where it was found right, and what was found wrong is avoided', () => {
  const cpu = { kind: 'cpu' } as const;
  const of = (wrongConvolutions: ConvolutionKind[], areHidden = false) =>
    trainerEnvironment({ ...CPU, wrongConvolutions }, cpu, {}, {}, areHidden);
  expect(of([])).toMatchObject({ TF_ENABLE_ONEDNN_OPTS: '1' });
  expect(of([], true)).toMatchObject({ TF_ENABLE_ONEDNN_OPTS: '0' });
  expect(of(['plain', 'grouped'])).toMatchObject({ TF_ENABLE_ONEDNN_OPTS: '0' });
  const some = of(['grouped', 'dilated']);
  expect(some).toMatchObject({
    TF_ENABLE_ONEDNN_OPTS: '1',
    RESNET_LAB_AVOIDED_CONVOLUTIONS: 'grouped,dilated',
  });
  expect(steeringVariables(some)).toHaveProperty('RESNET_LAB_AVOIDED_CONVOLUTIONS');
});

test("TensorFlow's notes at load are recognised, its errors are not", () => {
  expect(
    isLoadNote(
      'WARNING: All log messages before absl::InitializeLog() is called are written to STDERR',
    ),
  ).toBe(true);
  expect(
    isLoadNote('I0000 00:00:1.2  47 port.cc:153] oneDNN custom operations are on. You may'),
  ).toBe(true);
  expect(isLoadNote('E0000 00:00:1.2  47 cuda_dnn.cc:8310] Unable to register cuDNN factory')).toBe(
    false,
  );
});
