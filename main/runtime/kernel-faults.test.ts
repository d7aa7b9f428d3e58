import { expect, test } from 'vitest';
import { findKernelFaults } from './kernel-faults.ts';

const avx512 = {
  arch: 'x64',
  instructionSets: ['AVX512-VNNI', 'AVX512', 'AVX2', 'AVX'],
  areCachesHidden: false,
  env: {},
};

const codes = (changes: Partial<Parameters<typeof findKernelFaults>[0]>) =>
  findKernelFaults({ ...avx512, ...changes }).map(({ code }) => code);

test('The narrow strided convolution is named with the block of the processor.', () => {
  expect(codes({})).toEqual(['narrow-strided-1x1']);
  expect(findKernelFaults(avx512)[0]?.sentence).toContain('fewer than 16 channels');
  const avx2 = { ...avx512, instructionSets: ['AVX2', 'AVX'] };
  expect(findKernelFaults(avx2)[0]?.sentence).toContain('fewer than 8 channels');
});

test('Hidden caches turn oneDNN off, and who turns it on again is told what that does.', () => {
  expect(codes({ areCachesHidden: true })).toEqual(['hidden-caches']);
  expect(codes({ areCachesHidden: true, env: { TF_ENABLE_ONEDNN_OPTS: '1' } })).toEqual([
    'hidden-caches-forced',
    'narrow-strided-1x1',
  ]);
});

test('Nothing is wrong without oneDNN.', () => {
  expect(codes({ env: { TF_ENABLE_ONEDNN_OPTS: '0' } })).toEqual([]);
  expect(codes({ arch: 'arm64', areCachesHidden: true })).toEqual([]);
});

const fault = (kind: 'plain' | 'grouped') => ({ kind, sentence: `${kind}.` });

test('Where caches are visible the numbers decide; where they are hidden the sign does, whatever was checked.', () => {
  const right = { cases: 8, faults: [] };
  expect(codes({ verdict: right })).toEqual(['narrow-strided-1x1']);
  expect(codes({ areCachesHidden: true, verdict: right })).toEqual(['hidden-caches']);
  const grouped = { cases: 8, faults: [fault('grouped')] };
  expect(codes({ verdict: grouped })).toEqual(['wrong-convolutions', 'narrow-strided-1x1']);
  // Without oneDNN there is no narrow strided kernel of it.
  const plain = { cases: 8, faults: [fault('plain'), fault('grouped')] };
  expect(codes({ verdict: plain })).toEqual(['wrong-convolutions']);
  expect(codes({ verdict: plain, env: { TF_ENABLE_ONEDNN_OPTS: '1' } })).toContain(
    'wrong-convolutions-forced',
  );
});
