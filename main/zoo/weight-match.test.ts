import { expect, test } from 'vitest';
import { AppError } from '../../shared/errors.ts';
import { buildPlan } from './build-plan.ts';
import { weightsOf, type Weight } from './parameters.ts';
import { getArchitecture } from './registry.ts';
import { matchWeights, type MatchOptions } from './weight-match.ts';

function weightsFor(classes: number, name = 'mini-basic-a'): Weight[] {
  const input = { height: 32, width: 32, channels: 3 };
  return weightsOf(buildPlan(getArchitecture(name).spec, { input, classes }));
}

const weights = weightsFor(10);
const file = (given: readonly Weight[], rename = (name: string) => name) =>
  new Map(given.map(({ name, fileShape }) => [rename(name), { shape: fileShape }]));

function refusal(tensors: ReturnType<typeof file>, options: MatchOptions = {}): AppError {
  try {
    matchWeights('w.safetensors', tensors, weights, options);
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error('It was not refused.');
}

test('PyTorch’s counters and the prefix of DataParallel are no obstacle', () => {
  const tensors = file(weights, (name) => `module.${name}`);
  tensors.set('module.bn1.num_batches_tracked', { shape: [] });
  const match = matchWeights('w.safetensors', tensors, weights);
  expect(match.names.size).toBe(weights.length);
  expect(match.names.get(weights[0]!)).toBe(`module.${weights[0]!.name}`);
  expect(match).toMatchObject({ fresh: [], left: [] });
});

test.each(['model.', 'module.model.', '_orig_mod.'])('so is the prefix %s', (prefix) => {
  const match = matchWeights(
    'w.safetensors',
    file(weights, (name) => prefix + name),
    weights,
  );
  expect(match.names.get(weights[0]!)).toBe(prefix + weights[0]!.name);
});

test('a new head leaves the file’s last layer, whatever its size, and takes the rest', () => {
  const match = matchWeights('w.safetensors', file(weightsFor(1000)), weights, { newHead: true });
  expect(match.names.size).toBe(weights.length - 2);
  expect(match.fresh.map(({ name }) => name)).toEqual(['fc.weight', 'fc.bias']);
  expect(match.left).toEqual(['fc.weight', 'fc.bias']);
  // A backbone without a last layer does as well.
  const backbone = file(weights.filter(({ name }) => !name.startsWith('fc.')));
  expect(matchWeights('w.safetensors', backbone, weights, { newHead: true }).left).toEqual([]);
});

test('averages of a checkpoint are taken where they are asked for, and are never unexpected', () => {
  const tensors = new Map([...file(weights), ...file(weights, (name) => `average.${name}`)]);
  tensors.set('optimizer.exp_avg.fc.weight', { shape: [] });
  const [first] = weights;
  const named = (options: MatchOptions) =>
    matchWeights('w.safetensors', tensors, weights, options).names.get(first!);
  expect(named({})).toBe(first!.name);
  expect(named({ averaged: true })).toBe(`average.${first!.name}`);
});

test('other classes are told from another network', () => {
  const classes = refusal(file(weightsFor(4)));
  expect(classes.message).toContain('fc.weight is [4, 12], not [10, 12]');
  expect(classes.message).toContain('use --new-head');
  const network = refusal(file(weightsFor(10, 'mini-resnet18')));
  expect(network).toMatchObject({ code: 'weights-mismatch', fault: 'input' });
  expect(network.message).toMatch(/unexpected \(.*\)/);
  expect(network.message).toContain('Choose the architecture');
});
