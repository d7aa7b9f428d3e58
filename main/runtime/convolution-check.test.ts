import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { CHECKED_CONVOLUTIONS, rightAnswers, shapesOf } from './convolution-check-cases.ts';
import { checkConvolutions } from './convolution-check.ts';

const small = { batch: 2, size: 5, kernel: 3, stride: 1, groups: 1, dilation: 1 } as const;

/** Stands where a binding would: all zeros, dies at dilation 2, refuses stride 2. */
const FAKE_BINDING = `
  exports.createTensor = (shape, type, values) => ({ shape, values });
  exports.executeOp = (op, attrs, [a, b, c]) => {
    const of = (name) => attrs.find((attr) => attr.name === name).value[1];
    if (of('dilations') === 2) process.kill(process.pid, 'SIGKILL');
    if (of('strides') === 2) throw new Error('no such kernel');
    const shape = op === 'Conv2D' ? [...a.shape.slice(0, 3), b.shape[3]]
      : [...(op === 'Conv2DBackpropInput' ? a : b).values];
    return [{ id: shape }];
  };
  exports.tensorDataSync = (shape) => new Float32Array(shape.reduce((p, s) => p * s, 1));
`;

test('wrong numbers and a process that ends are faults of their case, and a refusal is none', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'resnet-lab-binding-'));
  try {
    const bindingPath = path.join(folder, 'binding.cjs');
    await writeFile(bindingPath, FAKE_BINDING);
    const verdict = await checkConvolutions(
      { bindingPath },
      {
        env: process.env,
        cases: [
          { ...small, kind: 'dilated', channels: 2, outChannels: 2, dilation: 2 },
          { ...small, kind: 'plain', channels: 2, outChannels: 3, stride: 2 },
          { ...small, kind: 'plain', channels: 2, outChannels: 3 },
        ],
      },
    );
    expect(verdict?.cases).toBe(2);
    expect(verdict?.faults.map(({ kind }) => kind)).toEqual(['dilated', 'plain']);
    expect(verdict?.faults[1]?.sentence).toMatch(/forward off.*input gradient.*weight gradient/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a library that does not load gets no verdict', async () => {
  const bindingPath = path.join(os.tmpdir(), 'there-is-no-such-binding.cjs');
  expect(await checkConvolutions({ bindingPath }, { env: process.env })).toBeUndefined();
});

test('a sum by hand: one pixel, one channel', () => {
  const one = { ...small, kind: 'plain', batch: 1, size: 1, channels: 1, outChannels: 1 } as const;
  const [y, dx, dw] = rightAnswers({ ...one, stride: 1 });
  expect([y!.length, dx!.length, dw!.length]).toEqual([1, 1, 9]);
  // Only the middle of the kernel meets the pixel.
  expect([...dw!].filter((value) => value !== 0)).toHaveLength(1);
  expect(shapesOf(CHECKED_CONVOLUTIONS[1]!).dy).toEqual([2, 4, 4, 256]);
});
