// Our engine against PyTorch: the same weights and images must give the same logits, gradients,
// running statistics and loss curve, for every kind of block and every optimizer setting.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { failOnLeaks } from '../engine/testing/leaks.ts';
import { getArchitecture } from '../zoo/registry.ts';
import { fixtureNames, parseFixture, readFixture, type Fixture } from './fixture.ts';
import { measureParity, type Execution, type ParityErrors } from './network-parity.ts';

failOnLeaks();

const LOGIT_TOLERANCE = 1e-4;
const STATISTICS_TOLERANCE = 1e-4;
const GRADIENT_TOLERANCE = 1e-3;
const CURVE_TOLERANCE = 1e-2;

const table: Record<string, unknown>[] = [];

afterAll(() => {
  console.table(table);
});

function expectParity(fixture: Fixture, execution: Execution): void {
  const errors = measureParity(fixture, execution);
  table.push({ fixture: fixture.name, execution, ...inScientificForm(errors) });
  expect.soft(errors.evaluationLogits).toBeLessThan(LOGIT_TOLERANCE);
  expect.soft(errors.trainingLogits).toBeLessThan(LOGIT_TOLERANCE);
  expect.soft(errors.statistics).toBeLessThan(STATISTICS_TOLERANCE);
  expect.soft(errors.gradients, errors.worstGradient).toBeLessThan(GRADIENT_TOLERANCE);
  expect.soft(errors.curve).toBeLessThan(CURVE_TOLERANCE);
}

function inScientificForm({ worstGradient: _, ...errors }: ParityErrors): Record<string, string> {
  return Object.fromEntries(
    Object.entries(errors).map(([name, value]) => [name, value.toExponential(1)]),
  );
}

describe.each(fixtureNames())('%s', (name) => {
  for (const execution of ['recorded', 'recorded, streamed', 'eager'] as const) {
    test(`computes what PyTorch computes (${execution})`, () => {
      expectParity(readFixture(name), execution);
    });
  }
});

const python = findPythonWithTorch();

test.skipIf(python === undefined)(
  'full-size resnet18 computes what PyTorch computes (needs a Python with torch: set PYTHON)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'resnet-lab-parity-'));
    try {
      const spec = join(folder, 'spec.json');
      const out = join(folder, 'resnet18.safetensors');
      writeFileSync(spec, JSON.stringify(getArchitecture('resnet18').spec));
      execFileSync(
        python ?? '',
        [
          new URL('torch_oracle.py', import.meta.url).pathname,
          ...['run', spec, '--input', '64x64x3', '--classes', '1000', '--batch', '4'],
          ...['--steps', '20', out],
        ],
        { stdio: ['ignore', 'ignore', 'inherit'] },
      );
      expectParity(parseFixture(readFileSync(out)), 'recorded');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

function findPythonWithTorch(): string | undefined {
  return [process.env['PYTHON'], 'python3'].find((candidate) => {
    if (candidate === undefined) return false;
    try {
      execFileSync(candidate, ['-c', 'import torch'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}
