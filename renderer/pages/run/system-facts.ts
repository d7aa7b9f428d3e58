// What is known of the machine and program behind a run, as names and values to read. Pure.
import type { RunDetail, RunRow } from '../../../shared/contract/app/runs.ts';
import type { PreparedFacts } from '../../../shared/contract/trainer.ts';
import type { SystemState } from '../../../shared/contract/app/system.ts';
import { DeviceList, devicesText } from '../../../shared/spec/devices.ts';
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
    ['Device', prepared ? deviceText(prepared, detail) : undefined],
    ['Precision', prepared ? precisionText(prepared, detail.environment) : undefined],
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

/** Several by their numbers, as the run names them. */
function deviceText({ device }: PreparedFacts, detail: RunDetail): string {
  const kind = device === 'cuda' ? 'GPU (CUDA)' : 'CPU';
  const { data: devices } = DeviceList.safeParse(record(detail.spec)['devices']);
  if (devices === undefined) return kind;
  return device === 'cuda' ? `${devicesText(devices)} (CUDA)` : devicesText(devices);
}

/** With the device's reason where the recipe left it to the device. */
function precisionText(
  { precision = 'float32' }: PreparedFacts,
  environment: RunDetail['environment'],
): string {
  const reason = text(record(environment['fastestPrecision'])['reason']);
  return reason === undefined ? precision : `${precision} (chosen: ${reason})`;
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
