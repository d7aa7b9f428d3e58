// Ours against PyTorch on one device: ResNet-50 at 224 px and ResNet-18 at 32 px, in float32 and in the low precision
// that suits the device. Each measurement has a process of its own; one that fails says why and stops no other.
import { fork } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { inputError, messageOf } from '../../../shared/errors.ts';
import { Precision } from '../../../shared/spec/precision.ts';
import { ensureCheckedRuntime } from '../../runtime/checked-runtime.ts';
import { prepareProcess } from '../../runtime/load.ts';
import { steeringVariables, trainerEnvironment } from '../../runtime/load-environment.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { StepCase } from '../cases.ts';
import type { RecordedTimes } from '../engine-steps.ts';
import { hasFramework, measureReference } from '../reference.ts';
import { findDevices, type TestedDevice } from '../selftest/devices.ts';
import { formatRow, rowOf, type Row } from './rows.ts';

/** How a process of ours is started: with the case as JSON. */
export const OURS = '--ours';

const CASES = [
  { name: 'resnet50-224', architecture: 'resnet50', size: 224, batch: 256, steps: 30 },
  { name: 'resnet18-32', architecture: 'resnet18', size: 32, batch: 256, steps: 100 },
] as const;

const TORCH_MODES: Readonly<Record<Precision, readonly string[]>> = {
  float32: ['eager', 'channels_last', 'compile'],
  bfloat16: ['bf16', 'bf16-compile'],
  float16: ['fp16', 'fp16-compile'],
};

/** Smaller numbers, to try it where there is no GPU. */
export interface Sizes {
  readonly steps: number | undefined;
  readonly batch: number | undefined;
  readonly size: number | undefined;
  /** The JSON file. */
  readonly out: string;
}

export async function measureAll(sizes: Sizes): Promise<void> {
  const note = (text: string): void => console.error(text);
  const runtime = await ensureCheckedRuntime({ onProgress: ({ message }) => note(message) });
  const devices = await findDevices(runtime);
  const device = devices.find(({ place }) => place.kind === 'cuda') ?? devices[0];
  if (device === undefined) throw new Error('There is no device to measure on.');
  const python = process.env['PYTHON'] ?? 'python3';
  const hasTorch = await hasFramework(python, 'torch');
  if (!hasTorch) note(`${python} has no torch; set PYTHON to one that has it to compare with it.`);
  const rows: Row[] = [];
  // Said and kept at once: a whole run may take hours, and may not come to its end.
  const add = async (row: Row, own?: Row): Promise<void> => {
    rows.push(row);
    console.log(formatRow(row, own));
    const document = { ...about(device, runtime), rows };
    await writeFile(sizes.out, `${JSON.stringify(document, null, 2)}\n`);
  };
  for (const precision of ['float32', device.low] as const) {
    for (const of of casesOf(sizes, precision)) {
      const own = await ours(of, { device, runtime });
      await add(own);
      // One after the other, so that a mode that takes all memory takes no other with it.
      for (const mode of hasTorch ? TORCH_MODES[precision] : []) {
        for (const row of await torch(of, { device, python, mode })) await add(row, own);
      }
    }
  }
  console.log(`${device.name}, TensorFlow ${runtime.tensorflowVersion}: ${sizes.out}`);
}

function about({ device, name }: TestedDevice, { tensorflowVersion }: Runtime) {
  return {
    ...{ device, name, tensorflow: tensorflowVersion, node: process.version },
    platform: `${os.platform()} ${os.release()} ${os.arch()}`,
    cores: os.availableParallelism(),
    variables: steeringVariables(),
  };
}

function casesOf({ steps, batch, size }: Sizes, precision: Precision): StepCase[] {
  return CASES.map((of) => ({
    ...{ kind: 'step', pass: 'train', precision, name: of.name, architecture: of.architecture },
    ...{ size: size ?? of.size, batch: batch ?? of.batch, steps: steps ?? of.steps },
  }));
}

const Asked = z.object({
  ...{ kind: z.literal('step'), pass: z.literal('train'), precision: Precision },
  ...{ name: z.string(), architecture: z.string() },
  ...{ size: z.int(), batch: z.int(), steps: z.int() },
});

const Times = z.object({
  recordedMs: z.array(z.number()),
  recordMs: z.number(),
  graphNodes: z.number(),
}) satisfies z.ZodType<RecordedTimes>;

/** The process of a measurement: one message to its parent. */
export async function answerMeasurement([text = '']: readonly string[]): Promise<void> {
  if (process.send === undefined) throw inputError('bad-usage', `${OURS} is started by measure.`);
  const of = Asked.parse(JSON.parse(text));
  prepareProcess(await ensureCheckedRuntime());
  const { measureRecorded } = await import('../engine-steps.ts');
  const times = measureRecorded(of);
  await new Promise((resolve) => process.send?.(times, resolve));
  process.disconnect();
}

function ours(
  of: StepCase,
  { device, runtime }: { readonly device: TestedDevice; readonly runtime: Runtime },
): Promise<Row> {
  const child = fork(fileURLToPath(import.meta.url), [OURS, JSON.stringify(of)], {
    env: { ...process.env, ...trainerEnvironment(runtime, device.place) },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let words = '';
  let times: RecordedTimes | undefined;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-4000);
  });
  child.on('message', (message) => (times = Times.parse(message)));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const last = words.trim().split('\n').at(-1) ?? '';
      resolve(
        times === undefined
          ? rowOf(of, {
              who: 'ours',
              stepsMs: [],
              missing: `${signal ?? `exit code ${code}`}: ${last}`,
            })
          : rowOf(of, { who: 'ours', stepsMs: times.recordedMs }),
      );
    });
  });
}

async function torch(
  of: StepCase,
  given: { readonly device: TestedDevice; readonly python: string; readonly mode: string },
): Promise<Row[]> {
  const { device, python, mode } = given;
  const sources = process.env['RESNET_LAB_SOURCES'] ?? process.cwd();
  const scripts = path.join(sources, 'main/bench/reference');
  try {
    const found = await measureReference('torch', of, {
      ...{ python, scripts, modes: [mode], device: device.place.kind },
    });
    return found.map(({ name, ...times }) => rowOf(of, { who: name, ...times }));
  } catch (error) {
    return [rowOf(of, { who: `torch ${mode}`, stepsMs: [], missing: messageOf(error) })];
  }
}
