// `resnet-lab doctor --selftest`: trains ten steps of four networks on every device, float32 and mixed, and says of
// each whether its losses are right and how fast it was. Each device has a process of its own.
import { fork } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { failure, toErrorDocument } from '../../../shared/errors.ts';
import { Precision } from '../../../shared/spec/precision.ts';
import { ensureCheckedRuntime } from '../../runtime/checked-runtime.ts';
import { prepareProcess } from '../../runtime/load.ts';
import { steeringVariables, trainerEnvironment } from '../../runtime/load-environment.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import {
  DEVICE_LIMIT_MS,
  SELFTEST_CASES,
  type CaseResult,
  type DeviceResult,
  type SelftestCase,
} from './cases.ts';
import { findDevices, findUnused, type TestedDevice } from './devices.ts';
import { judgeDevices } from './judge.ts';

/** Beyond the limit, a device hangs. */
const GRACE_MS = 30_000;
const FILE = 'resnet-lab-selftest.json';

try {
  const [flag, precision] = process.argv.slice(2);
  if (flag === '--device') await answer(Precision.parse(precision), process.argv.slice(4));
  else await main(process.argv.includes('--json'));
} catch (error) {
  const document = toErrorDocument(error);
  if (document.code === 'internal') console.error(error);
  console.error(`error[${document.code}]: ${document.message}`);
  process.exitCode = document.fault === 'input' ? 2 : 1;
}

/** The process of a device: one message a training. */
async function answer(low: Precision, [kind, limitMs]: readonly string[]): Promise<void> {
  const until = performance.now() + Number(limitMs);
  prepareProcess(await ensureCheckedRuntime());
  const { libraryFacts } = await import('../../engine/tensorflow/library.ts');
  // TensorFlow takes the CPU without a word where it can't use the GPU.
  if (kind === 'cuda' && !libraryFacts().usesGpu) {
    throw failure(
      'gpu-not-usable',
      'TensorFlow sees no GPU there; its log and `doctor` may say why',
    );
  }
  const { measureCase } = await import('./measure.ts');
  for (const precision of ['float32', low] as const) {
    for (const of of SELFTEST_CASES) {
      if (performance.now() < until) await tell(measureCase(of, precision));
    }
  }
  process.disconnect();
}

function tell(result: CaseResult): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) throw new Error('The self-test has no parent to tell.');
    process.send(result, (error: Error | null) => (error ? reject(error) : resolve()));
  });
}

async function main(json: boolean): Promise<void> {
  const note = (text: string): void => console.error(text);
  const runtime = await ensureCheckedRuntime({ onProgress: ({ message }) => note(message) });
  const [cpu, ...gpus] = await findDevices(runtime);
  if (cpu === undefined) throw new Error('A machine has a processor.');
  const say = (names: string): void => {
    note(`Training ${SELFTEST_CASES.length} networks on ${names}, twice …`);
  };
  say(cpu.device);
  const { cpu: alone, cpuBesideGpus, gpus: ofGpus } = DEVICE_LIMIT_MS;
  const results = [
    await testDevice(cpu, { runtime, limitMs: gpus.length === 0 ? alone : cpuBesideGpus }),
  ];
  if (gpus.length > 0) say(gpus.map(({ device }) => device).join(', '));
  results.push(
    ...(await Promise.all(gpus.map((gpu) => testDevice(gpu, { runtime, limitMs: ofGpus })))),
  );
  const unused = (await findUnused(runtime)).map((of): DeviceResult => {
    const untried =
      'not tried, as TensorFlow is here for the CPU only (`resnet-lab doctor` says why)';
    return { ...of, tensorflow: runtime.tensorflowVersion, cases: [], untried };
  });
  const devices = judgeDevices([...results, ...unused]);
  const document = { ...aboutMachine(runtime), devices };
  const text = `${JSON.stringify(document, null, 2)}\n`;
  if (json) process.stdout.write(text);
  else {
    for (const { sentence } of devices) console.log(sentence);
    const file = path.join(os.tmpdir(), FILE);
    await writeFile(file, text);
    console.log(`All numbers, for a report of a problem: ${file}`);
  }
  if (devices.some(({ isRight }) => !isRight)) process.exitCode = 1;
}

function aboutMachine({ tensorflowVersion, device, origin, wrongConvolutions }: Runtime) {
  return {
    selftest: 1,
    tensorflow: tensorflowVersion,
    ...{ build: device, origin, wrongConvolutions: wrongConvolutions ?? null },
    node: process.version,
    platform: `${os.platform()} ${os.release()} ${os.arch()}`,
    processor: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    networks: SELFTEST_CASES satisfies readonly SelftestCase[],
    variables: steeringVariables(),
  };
}

function testDevice(
  of: TestedDevice,
  { runtime, limitMs }: { readonly runtime: Runtime; readonly limitMs: number },
): Promise<DeviceResult> {
  const cases: CaseResult[] = [];
  let words = '';
  const child = fork(
    fileURLToPath(import.meta.url),
    ['--device', of.low, of.place.kind, String(limitMs)],
    {
      env: { ...process.env, ...trainerEnvironment(runtime, of.place), TF_CPP_MIN_LOG_LEVEL: '2' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    },
  );
  return new Promise((resolve, reject) => {
    let isSilent = false;
    const timer = setTimeout(() => {
      isSilent = true;
      child.kill('SIGKILL');
    }, limitMs + GRACE_MS);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-4000);
    });
    child.on('message', (message) => cases.push(message as CaseResult));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const { device, name } = of;
      const result = { device, name, tensorflow: runtime.tensorflowVersion, cases };
      const how = isSilent ? 'no answer in time' : (signal ?? `exit code ${code}`);
      const last = words.trim().split('\n').at(-1) ?? '';
      const isWell = code === 0 && cases.length > 0;
      resolve(isWell ? result : { ...result, ended: `${how}${last === '' ? '' : ` (${last})`}` });
    });
  });
}
