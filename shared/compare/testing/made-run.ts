// A run for tests of comparisons, with numbers chosen by the test.
import type { ArchitectureInput } from '../../spec/architecture.ts';
import { familyOf } from '../../spec/autoencoder.ts';
import { RunSpec } from '../../spec/run.ts';
import type { ComparedRun, MetricSummary } from '../compared-run.ts';

export interface MadeRun {
  readonly id?: string;
  readonly name?: string;
  readonly seed?: number;
  readonly status?: ComparedRun['run']['status'];
  readonly shortcut?: 'none' | 'A' | 'B';
  /** Of an autoencoder. */
  readonly decoder?: NonNullable<ArchitectureInput['decoder']>;
  readonly recipe?: Record<string, unknown>;
  readonly precision?: ComparedRun['runtime']['precision'];
  readonly fingerprint?: string;
  readonly accuracy?: number | null;
  readonly trainLoss?: Partial<MetricSummary>;
}

export function madeSpec({
  shortcut = 'A',
  decoder,
  recipe = {},
  seed = 0,
  name = 'net',
}: MadeRun): RunSpec {
  return RunSpec.parse({
    name,
    architecture: {
      name: name.slice(0, 80),
      stem: { kind: 'cifar', width: 8 },
      stages: [{ blocks: 2, width: 8 }],
      block: { kind: 'basic' },
      shortcut,
      ...(decoder === undefined ? {} : { decoder }),
    },
    data: { source: 'builtin:shapes' },
    recipe: { batch: 64, ...recipe },
    seed,
  });
}

export function madeMetric(name: string, value: number | null): MetricSummary {
  return {
    ...{ name, unit: '', points: 30, last: value, final: value, best: value },
    ...{ lastMean: value, lastCount: 5, lastTenth: value, tenthBefore: value },
  };
}

export function madeRun(given: MadeRun = {}): ComparedRun {
  const { seed = 0, name = 'net', status = 'finished', fingerprint = 'f'.repeat(64) } = given;
  const id = given.id ?? `${name}-${seed}`;
  const spec = madeSpec(given);
  const accuracy = given.accuracy === undefined ? 0.9 : given.accuracy;
  return {
    run: {
      ...{ id, name, seed, status, group: 'g', architecture: name },
      family: familyOf(spec.architecture),
      ...{ createdAt: '2026-01-01T00:00:00.000Z', startedAt: null, finishedAt: null },
      ...{ dataName: 'shapes', dataFingerprint: fingerprint, classCount: 10, codeVersion: '1' },
      ...{ step: 100, totalSteps: 100, epoch: 1, elapsedMs: 1000, metrics: {}, checkpoints: {} },
      ...{ error: null, notes: '', tags: [], queuePosition: null },
    },
    spec,
    ...{ depth: 14, parameters: 1000, macs: 5000 },
    runtime: {
      ...{ tensorflow: '2.21', device: 'cpu', machine: 'here', node: '20' },
      precision: given.precision ?? 'float32',
    },
    ...{ counts: null, stepsPerEpoch: 100, perClass: null, mark: 'm' },
    metrics: [
      madeMetric('val/accuracy', accuracy),
      madeMetric('train/accuracy', 0.95),
      { ...madeMetric('train/loss', 0.2), ...given.trainLoss },
    ],
  };
}

export function madeSeeds(given: MadeRun, accuracies: readonly number[]): ComparedRun[] {
  return accuracies.map((accuracy, i) => madeRun({ ...given, seed: i + 1, accuracy }));
}
