// Explanations against PyTorch with hooks, on three small networks (fixtures/torch_explanations.py).
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseTensorFile } from '../../../shared/safetensors.ts';
import { readFloats } from '../../../shared/tensor-values.ts';
import { failOnLeaks } from '../../engine/testing/leaks.ts';
import { CASES, readCase } from '../../studies/fixtures/probed-case.ts';
import { Inference } from '../inference.ts';
import { normalizedPixels } from '../normalized-pixels.ts';
import { BlockActivity } from './block-activity.ts';
import { ClassActivation, mappedUnits } from './class-activation.ts';
import { occlusionMap } from './occlusion.ts';

failOnLeaks();

const TOLERANCE = 1e-4;
const IMAGES = 3;
const About = z.object({ classes: z.array(z.int()), patch: z.int(), stride: z.int() });

async function readExplained(name: (typeof CASES)[number]) {
  const file = parseTensorFile(
    readFileSync(new URL(`fixtures/${name}.safetensors`, import.meta.url)),
  );
  const about = About.parse(JSON.parse(file.metadata['case'] ?? 'null'));
  const { context } = await readCase(name);
  const pixels = await context.images('val').read(Int32Array.from({ length: IMAGES }, (_, i) => i));
  const rowBytes = pixels.length / IMAGES;
  return {
    about,
    context,
    images: Array.from({ length: IMAGES }, (_, i) =>
      normalizedPixels(
        pixels.subarray(i * rowBytes, (i + 1) * rowBytes),
        rowBytes,
        context.normalization,
      ),
    ),
    /** PyTorch's answer for one image. */
    answer: (key: string, image: number): Float32Array => {
      const values = readFloats('F32', file.bytesOf(key));
      const size = values.length / IMAGES;
      return values.subarray(image * size, (image + 1) * size);
    },
  };
}

/** Maps have the scale of their largest value. */
function expectSame(given: ArrayLike<number>, expected: Float32Array): void {
  expect(given.length).toBe(expected.length);
  const scale = Math.max(...expected.map(Math.abs), 1e-3);
  expected.forEach((value, i) => {
    expect(Math.abs((given[i] ?? Number.NaN) - value)).toBeLessThan(TOLERANCE * scale);
  });
}

describe.each(CASES)('%s', (name) => {
  test('Grad-CAM of every unit', async () => {
    const { about, context, images, answer } = await readExplained(name);
    const program = new ClassActivation(context);
    try {
      let largest = 0;
      images.forEach((x, i) => {
        for (const { name: unit } of mappedUnits(context.plan)) {
          const target = about.classes[i] ?? -1;
          const { values } = program.map(x, { unit, target });
          expectSame(values, answer(`grad-cam.${unit}`, i));
          largest = Math.max(largest, ...values);
        }
      });
      expect(largest).toBeGreaterThan(0.01);
    } finally {
      program.dispose();
    }
  });

  test('occlusion, and the logits that it starts from', async () => {
    const { about, context, images, answer } = await readExplained(name);
    const { patch, stride } = about;
    const options = { batch: 4, testTimeFlip: false, precision: 'float32' } as const;
    const inference = Inference.of(context, options);
    try {
      for (const [i, x] of images.entries()) {
        expectSame(await inference.logits(1, () => Promise.resolve(x)), answer('logits', i));
        let reported = 0;
        const map = await occlusionMap(inference, x, {
          ...{ input: context.plan.input, patch, stride, target: about.classes[i] ?? -1 },
          report: (done, total) => {
            reported = done / total;
            return Promise.resolve();
          },
        });
        expectSame(map, answer('occlusion', i));
        expect(reported).toBe(1);
      }
      const badly = { input: context.plan.input, target: 0, report: () => Promise.resolve() };
      for (const [patchSide, step] of [
        [11, 1],
        [3, 4],
      ] as const) {
        await expect(
          occlusionMap(inference, images[0]!, { ...badly, patch: patchSide, stride: step }),
        ).rejects.toMatchObject({ code: 'bad-patch' });
      }
    } finally {
      inference.dispose();
    }
  });

  test('outputs, what blocks add, and ‖F(x)‖ / ‖x‖', async () => {
    const { context, images, answer } = await readExplained(name);
    const program = new BlockActivity(context);
    try {
      images.forEach((x, i) => {
        const units = program.of(x);
        for (const unit of units) {
          expectSame(unit.output, answer(`output.${unit.name}`, i));
          if (unit.added !== null) expectSame(unit.added, answer(`added.${unit.name}`, i));
        }
        const ratios = units.flatMap(({ ratio }) => ratio ?? []);
        expectSame(ratios, answer('ratios', i));
        expect(ratios.length).toBe(name === 'plain' ? 0 : context.plan.blocks.length);
      });
    } finally {
      program.dispose();
    }
  });
});
