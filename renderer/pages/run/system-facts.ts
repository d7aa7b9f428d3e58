// What is known of the machine and program behind a run, as names and values to read. Pure.
import type { RunDetail, RunRow } from '../../../shared/contract/app/runs.ts';
import type { SystemState } from '../../../shared/contract/app/system.ts';
import { formatBytes, formatCount, formatDuration, formatExact } from '../../../shared/format.ts';

type Trainer = NonNullable<SystemState['trainers']>[number];

export function systemFacts(
  row: RunRow,
  detail: RunDetail | undefined,
  trainer: Trainer | undefined,
): (readonly [string, string])[] {
  const machine = record(detail?.environment['machine']);
  const prepared = detail?.prepared;
  const data = detail?.data;
  const peak = row.metrics['peakMemoryBytes'];
  const facts: (readonly [string, string | undefined])[] = [
    ['Device', prepared ? (prepared.device === 'cuda' ? 'GPU (CUDA)' : 'CPU') : undefined],
    ['Processor', text(machine['cpu'])],
    ['Cores', text(machine['cores'])],
    ['Machine', text(machine['host'])],
    ['System', text(machine['platform'])],
    ['Machine memory', bytes(machine['memoryBytes'])],
    ['Trainer now', trainer ? trainerText(trainer) : undefined],
    ['Peak memory', isNumber(peak) ? formatBytes(peak) : undefined],
    ['Trained for', row.elapsedMs > 0 ? formatDuration(row.elapsedMs) : undefined],
    ['Started', row.startedAt === null ? undefined : new Date(row.startedAt).toLocaleString()],
    ['Ended', row.finishedAt === null ? undefined : new Date(row.finishedAt).toLocaleString()],
    ['TensorFlow', prepared?.tensorflow],
    ['TensorFlow.js', prepared?.tfjs],
    ['Node', prepared?.node],
    ['Program', row.codeVersion],
    ['Parameters', prepared ? formatExact(prepared.parameters) : undefined],
    ['Graph', prepared ? `${formatExact(prepared.graphNodes)} operations` : undefined],
    ['Recorded in', prepared ? formatDuration(prepared.recordMs) : undefined],
    [
      'Data',
      data ? `${formatCount(data.counts.train)} training images, ${data.residency}` : undefined,
    ],
    ['Data fingerprint', row.dataFingerprint.slice(0, 16)],
  ];
  return facts.flatMap(([name, value]) => (value ? [[name, value] as const] : []));
}

export interface Throughput {
  readonly steps: Int32Array;
  readonly elapsedMs: Float64Array;
  readonly values: Float32Array;
}

/** Images per second between neighbouring points, which may be many steps apart. */
export function throughputOf(
  { steps, elapsedMs }: Pick<Throughput, 'steps' | 'elapsedMs'>,
  batch: number,
): Throughput {
  const count = Math.max(0, steps.length - 1);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const images = ((steps[i + 1] ?? 0) - (steps[i] ?? 0)) * batch;
    const seconds = ((elapsedMs[i + 1] ?? 0) - (elapsedMs[i] ?? 0)) / 1000;
    values[i] = seconds > 0 ? images / seconds : Number.NaN;
  }
  return { steps: steps.subarray(1), elapsedMs: elapsedMs.subarray(1), values };
}

function trainerText({ memoryBytes, load }: Trainer): string {
  const parts = [
    ...(memoryBytes === null ? [] : [formatBytes(memoryBytes)]),
    ...(load === null ? [] : [`${load.toFixed(1)} cores at work`]),
  ];
  return parts.join(', ');
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function bytes(value: unknown): string | undefined {
  return typeof value === 'number' ? formatBytes(value) : undefined;
}

function isNumber(value: number | null | undefined): value is number {
  return value !== null && value !== undefined;
}
