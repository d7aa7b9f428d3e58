import { expect, test } from 'vitest';
import { cheapFacts, currentLibc, gatherFacts } from './machine.ts';

test('the fingerprint stays while nothing changes, and the facts carry it', async () => {
  const { fingerprint } = await cheapFacts();
  const facts = await gatherFacts({ PATH: '', CUDA_VISIBLE_DEVICES: '-1' });
  expect(facts).toMatchObject({ fingerprint, platform: process.platform, arch: process.arch });
});

test.runIf(process.platform === 'linux')('the C library of a Linux is known', () => {
  const libc = currentLibc();
  expect(libc.kind === 'glibc' ? libc.version : libc.kind).toMatch(/^(2\.\d+|musl)$/);
});
