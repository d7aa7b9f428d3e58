import { expect, test } from 'vitest';
import { concludeFrom, formatOutcomes, type Outcome } from './comparison.ts';
import { demoSpecs, stepsWithin } from './twins.ts';

function outcome(changes: Partial<Outcome> = {}): Outcome {
  return {
    run: 'r-1',
    status: 'finished',
    architecture: 'plain-32',
    parameters: 68_050,
    steps: 1000,
    trainLoss: 0.5,
    finalValAccuracy: 0.8,
    bestValAccuracy: 0.81,
    firstBlockGradientNorm: 0.3,
    lastBlockGradientNorm: 0.4,
    imagesPerSecond: 900.4,
    elapsedMs: 60_000,
    ...changes,
  };
}

test('The twins differ in their shortcuts and names, and in nothing else.', () => {
  const [plain, residual] = demoSpecs({ steps: 100, seed: 3 });
  expect(plain!.architecture.shortcut).toBe('none');
  expect(residual!.architecture.shortcut).toBe('A');
  const { architecture, name } = residual!;
  expect({
    ...plain!,
    name,
    architecture: { ...plain!.architecture, name: architecture.name, shortcut: 'A' },
  }).toEqual(residual);
});

test('The steps fill the time in tens, and are never too few to see something.', () => {
  expect(stepsWithin(96_000, 71)).toBe(1350);
  expect(stepsWithin(1_000, 500)).toBe(20);
});

test.each<[string, Partial<Outcome>, Partial<Outcome>]>([
  [
    'the residual network is ahead: 94.0 % against 80.0 %',
    {},
    { finalValAccuracy: 0.94, trainLoss: 0.1 },
  ],
  ['so this is about optimization', {}, { finalValAccuracy: 0.94, trainLoss: 0.1 }],
  ['so this is not the degradation', {}, { finalValAccuracy: 0.94, trainLoss: 0.6 }],
  ['too close to call', {}, { finalValAccuracy: 0.82 }],
  ['This time the plain network is ahead', {}, { finalValAccuracy: 0.7 }],
  [
    'Neither network got clearly beyond guessing',
    { finalValAccuracy: 0.1 },
    { finalValAccuracy: 0.14 },
  ],
  ['nothing to compare yet', {}, { finalValAccuracy: null }],
])('It concludes: … %s …', (sentence, plain, residual) => {
  const pair = { plain: outcome(plain), residual: outcome(residual) };
  expect(concludeFrom(pair, 2000)).toContain(sentence);
});

test('The table leaves empty what is not known.', () => {
  const table = formatOutcomes({
    plain: outcome(),
    residual: outcome({ architecture: 'residual-32', trainLoss: null }),
  });
  expect(table).toContain('parameters                      68,050       68,050');
  expect(table).toMatch(/training loss, last 50 steps +0\.5000\n/);
});
