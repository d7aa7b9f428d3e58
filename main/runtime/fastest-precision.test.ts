import { expect, test } from 'vitest';
import { fastestPrecision, type PrecisionFacts } from './fastest-precision.ts';

const gpu = (computeCapability: string, tensorflowVersion = '2.21.0'): PrecisionFacts => ({
  ...{ device: 'cuda', computeCapability, tensorflowVersion },
  ...{ instructionSets: ['AMX-BF16'], isOneDnnOff: false },
});
const cpu = (instructionSets: readonly string[], isOneDnnOff = false): PrecisionFacts => ({
  ...{ device: 'cpu', computeCapability: '', tensorflowVersion: '2.21.0' },
  ...{ instructionSets, isOneDnnOff },
});

test.each([
  ['Pascal', gpu('6.1'), 'float32'],
  ['Volta', gpu('7.0'), 'float16'],
  ['Turing', gpu('7.5'), 'float16'],
  ['Ampere', gpu('8.6'), 'bfloat16'],
  ['Blackwell', gpu('12.0'), 'bfloat16'],
  ['Ampere with TensorFlow 2.9', gpu('8.0', '2.9.1'), 'float16'],
  ['a GPU whose driver does not say', gpu(''), 'float32'],
  ['AMX', cpu(['AMX-BF16', 'AVX512']), 'bfloat16'],
  ['AMX without oneDNN', cpu(['AMX-BF16', 'AVX512'], true), 'float32'],
  ['AVX-512', cpu(['AVX512-BF16', 'AVX512']), 'float32'],
  ['an unknown processor', cpu([]), 'float32'],
])('%s computes fastest in what its tensor cores take', (_, facts, precision) => {
  expect(fastestPrecision(facts).precision).toBe(precision);
});
