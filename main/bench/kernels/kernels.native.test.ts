import { expect, test } from 'vitest';
import { bundledProgram } from '../../host/testing/bundled-programs.ts';
import { hidesCaches } from '../../runtime/hidden-caches.ts';
import { checkKernels, type Way } from './check.ts';
import { kernelCases, narrowStridedCases, type KernelCase } from './shapes.ts';

async function check(cases: readonly KernelCase[], way: Omit<Way, 'name'>) {
  const program = [bundledProgram('kernels'), '--child'] as const;
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', NODE_OPTIONS: '' };
  const ways = [{ name: 'way', ...way }];
  const [result] = await checkKernels({ cases, ways, program, env, limitMs: 200_000 });
  return result;
}

test('Convolutions as trainings compute them agree with those of TensorFlow without oneDNN.', async () => {
  // Fifty of all kinds; `npm run kernels` does all of them.
  const cases = kernelCases().slice(0, 50);
  const result = await check(cases, { form: 'app', env: {} });
  expect(result?.faults).toEqual([]);
  expect(result?.cases.length).toBe(cases.length);
});

test('With oneDNN on, strided 1×1 convolutions of few channels overrun nothing.', async () => {
  const cases = narrowStridedCases();
  const result = await check(cases, { form: 'app', env: { TF_ENABLE_ONEDNN_OPTS: '1' } });
  expect(result?.cases.length).toBe(cases.length);
  // Without the sizes of the caches other oneDNN kernels are wrong too; trainings do without it there.
  const problems = result?.faults.flatMap((fault) => fault.problems) ?? [];
  const bad = hidesCaches()
    ? problems.filter((problem) => /ended|weight gradient/.test(problem))
    : problems;
  expect(bad).toEqual([]);
});
