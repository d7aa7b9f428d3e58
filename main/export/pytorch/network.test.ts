// The Python program that goes with exported weights builds every kind of network and computes PyTorch's own
// answers. Needs a Python with torch; main/parity's fixtures were made with it.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { tensorFileParts, type TensorPart } from '../../../shared/safetensors.ts';
import { fixtureNames, readFixture, type Fixture } from '../../parity/fixture.ts';
import { findPythonWithTorch } from '../../parity/testing/torch-oracle.ts';
import { buildPlan } from '../../zoo/build-plan.ts';
import { weightsOf } from '../../zoo/parameters.ts';
import type { ModelDescription } from '../model-description.ts';
import { pytorchConfig } from './config.ts';

const python = findPythonWithTorch();
const script = fileURLToPath(new URL('../../../assets/export/network.py', import.meta.url));

const ASK = `
import json, numpy, sys, torch
from network import load, normalized
answers = {}
for name in sys.argv[1:]:
    network, config = load(name)
    images = numpy.fromfile(name + "/images.bin", numpy.uint8)
    size = config["input"]
    images = images.reshape(-1, size["height"], size["width"], size["channels"])
    with torch.no_grad():
        answers[name] = network(normalized(images, config)).flatten().tolist()
print(json.dumps(answers))
`;

function writeCase(folder: string, fixture: Fixture): void {
  const { spec, input, classes, normalization, images } = fixture;
  const plan = buildPlan(spec, { input, classes });
  mkdirSync(folder);
  const description: ModelDescription = {
    network: fixture.name,
    appVersion: 'test',
    classes: Array.from({ length: classes }, (_, index) => `class ${index}`),
    ...{ input, normalization, resize: 'crop', testTimeFlip: false, run: undefined },
  };
  writeFileSync(join(folder, 'config.json'), pytorchConfig(plan, description));
  const tensors = weightsOf(plan).map(({ name, fileShape }): TensorPart => {
    const values = fixture.weights.get(name)?.values ?? new Float32Array();
    const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return { name, dtype: 'F32', shape: fileShape, data };
  });
  const weights = Buffer.concat(tensorFileParts(tensors, { format: 'pt' }));
  writeFileSync(join(folder, 'model.safetensors'), weights);
  const size = input.height * input.width * input.channels;
  const rows = [...(fixture.batches[0] ?? [])];
  const batch = rows.map((row) => images.subarray(row * size, (row + 1) * size));
  writeFileSync(join(folder, 'images.bin'), Buffer.concat(batch));
}

test.skipIf(python === undefined)(
  'every kind of network is built and computed as in training',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'resnet-lab-pytorch-'));
    try {
      copyFileSync(script, join(folder, 'network.py'));
      for (const name of fixtureNames()) writeCase(join(folder, name), readFixture(name));
      const answer = execFileSync(python ?? '', ['-B', '-c', ASK, ...fixtureNames()], {
        cwd: folder,
      });
      const answers = z.record(z.string(), z.array(z.number())).parse(JSON.parse(String(answer)));
      for (const name of fixtureNames()) {
        const { values } = readFixture(name).logitsEval;
        const logits = answers[name] ?? [];
        const worst = Math.max(...values.map((value, i) => Math.abs(value - (logits[i] ?? NaN))));
        expect(worst, name).toBeLessThan(1e-4);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
