// A real trainer process, as far as its host can tell, without TensorFlow: it behaves as well or as badly as
// RESNET_LAB_ACT says. Bundled by host-fixtures.ts. For tests of supervision only.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import {
  TRAINER_LIMIT_BYTES,
  TRAINER_VERSION,
  trainerContract,
  type DataFacts,
  type PreparedFacts,
  type PreviewJob,
  type PreviewResult,
  type TrainEvent,
  type TrainJob,
  type TrainResult,
} from '../../../shared/contract/trainer.ts';
import { failure, inputError } from '../../../shared/errors.ts';
import { OutputCollector } from '../../data/split-outputs.ts';
import type { SubscriptionContext } from '../../../shared/rpc/contract-types.ts';
import { processWire, type ProcessEnd } from '../../../shared/rpc/process-wire.ts';
import { serveContract } from '../../../shared/rpc/server.ts';

type Link = SubscriptionContext<TrainEvent>;

const act = process.env['RESNET_LAB_ACT'] ?? 'finish';
const stepsPerEpoch = 4;
let totalSteps = 12;
let previews = 0;
let isBusy = false;

const forever = (): Promise<never> =>
  new Promise(() => {
    setInterval(() => undefined, 1e9);
  });

const connection = serveContract(
  trainerContract,
  {
    train: async ({ job }, context) => {
      isBusy = true;
      const result = await play(job, context);
      isBusy = false;
      if (act === 'linger') void forever();
      return result;
    },
    evaluate: async ({ job }) => {
      if (job.outputs !== undefined) await writeOutputs(job.outputs);
      return { evaluation: { step: 0, split: 'val' as const, ...score(0) } };
    },
    preview: async ({ job }, { emit }) => {
      if (act === 'deaf') await emit({ kind: 'preparing', message: 'deaf' });
      return await preview(job);
    },
    probe: () => Promise.reject(new Error('It can not act that.')),
    export: () => Promise.reject(new Error('It can not act that.')),
    classify: () => Promise.reject(new Error('It can not act that.')),
    explain: () => Promise.reject(new Error('It can not act that.')),
    predict: () => Promise.reject(new Error('It can not act that.')),
    augment: () => Promise.reject(new Error('It can not act that.')),
  },
  processWire(process as unknown as ProcessEnd),
  { version: TRAINER_VERSION, limitBytes: TRAINER_LIMIT_BYTES, onInternalError: console.error },
);
connection.client.closed.addEventListener('abort', () => {
  if (isBusy && act !== 'deaf') process.exit(3);
});

async function play(job: TrainJob, link: Link): Promise<TrainResult> {
  console.log(`acting: ${act}`);
  switch (act) {
    case 'crash':
      console.error('Error: the act is over');
      return process.exit(7);
    case 'abort':
      console.log('I0000 00:00:1.2  47 port.cc:153] oneDNN custom operations are on. You may see');
      return process.abort();
    case 'garbage':
      process.send?.({ kind: 'applause' });
      return await forever();
    case 'deaf':
      // Hears neither stop nor polite signals.
      process.on('SIGTERM', () => undefined);
      await link.emit({ kind: 'preparing', message: 'deaf' });
      return await forever();
    case 'fail':
      process.exitCode = 1;
      throw failure('loss-not-finite', 'The loss is not finite.', { details: { step: 3 } });
    default:
      return await train(job, link);
  }
}

const mustEnd = ({ signal }: Link): boolean => signal.aborted;

async function train(job: TrainJob, link: Link): Promise<TrainResult> {
  const { length } = job.spec.recipe;
  if (length.kind === 'steps') totalSteps = length.steps;
  const firstStep = job.resume ? stepOf(path.join(job.runFolder, 'last.safetensors')) : 0;
  await link.emit({ kind: 'data', facts: dataFacts() });
  await link.emit({ kind: 'prepared', facts: preparedFacts(firstStep) });
  let step = firstStep;
  while (step < totalSteps && !mustEnd(link)) {
    step++;
    await savePoint(step, link);
    await link.emit(progress(step));
    if (step % stepsPerEpoch === 0) await save('last', step, { job, link });
    if (step === stepsPerEpoch) await save('best', step, { job, link });
    // Past the first checkpoint, so that there is something to lose.
    if (act === 'crash-later' && step === 6) process.exit(7);
    if (act === 'wait-at-6' && step === 6) while (!mustEnd(link)) await turn();
    await turn();
  }
  const outcome = step < totalSteps ? 'stopped' : 'finished';
  if (outcome === 'stopped') await save('last', step, { job, link });
  const facts = { step, split: 'val' as const, ...score(step) };
  await link.emit({ kind: 'evaluation', facts });
  return { outcome, stoppedEarly: false, step, elapsedMs: step * 10, peakMemoryBytes: 1e6 };
}

/** Every byte is the seed; the second request is too much for one that crashes later. */
async function preview({ seed, images, rounds }: PreviewJob): Promise<PreviewResult> {
  previews++;
  if (act === 'deaf') return await forever();
  if (act === 'crash-later' && previews === 2) process.exit(7);
  if (act === 'fail') throw inputError('no-such-image', 'None.');
  const shape = { height: 2, width: 2, channels: 1 };
  return { shape, pixels: new Uint8Array((1 + rounds) * images * 4).fill(seed) };
}

/** Two of each class; the second of the first class is taken for the other. */
async function writeOutputs(file: string): Promise<void> {
  const { classes, fingerprint } = dataFacts();
  const split = {
    count: 4,
    labels: Int32Array.of(0, 0, 1, 1),
    sourceOf: (row: number) => `val ${row}`,
  };
  const outputs = new OutputCollector(split, classes);
  for (const [row, predicted] of [0, 1, 1, 1].entries()) {
    const logits = Float32Array.from(classes, (_, c) => (c === predicted ? Math.log(9) : 0));
    outputs.add(row, logits, Float32Array.of(row, predicted));
  }
  await outputs.write(file, { step: 4, fingerprint });
}

async function savePoint(step: number, link: Link): Promise<void> {
  const series = {
    name: 'train/loss',
    width: 1,
    unit: 'nats',
    steps: [step],
    elapsedMs: [step * 10],
    values: Float32Array.of(1 / step),
  };
  await link.emit({ kind: 'points', series: [series] }, { until: 'handled' });
}

/** A checkpoint as the real trainer writes it: one weight, a slot in the last one, the state, the seal. */
async function save(
  role: 'last' | 'best',
  step: number,
  { job, link }: { readonly job: TrainJob; readonly link: Link },
): Promise<void> {
  const file = path.join(job.runFolder, `${role}.safetensors`);
  const { input, classes, fingerprint, normalization } = dataFacts();
  const state = {
    ...{ format: 2, run: path.basename(job.runFolder), step, totalSteps, elapsedMs: step * 10 },
    ...{ best: { accuracy: step / totalSteps, step }, spec: job.spec, input, classes },
    ...{ dataFingerprint: fingerprint, normalization },
  };
  const names = role === 'last' ? ['fc.weight', 'optimizer.momentum.fc.weight'] : ['fc.weight'];
  const bytes = sealed(names, JSON.stringify(state));
  fs.writeFileSync(file, bytes);
  const sha256 = sha256Of(bytes);
  const facts = { role, step, file, sizeBytes: bytes.length, sha256 };
  await link.emit({ kind: 'checkpoint', facts });
}

function sealed(names: readonly string[], state: string): Buffer {
  const tensors = names.map((name, i) => [
    name,
    { dtype: 'F32', shape: [4], data_offsets: [i * 16, i * 16 + 16] },
  ]) as [string, unknown][];
  const fileWith = (seal: string): Buffer => {
    const metadata = { 'resnet-lab': state, 'resnet-lab-seal': seal };
    const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(tensors) });
    const length = Buffer.alloc(8);
    length.writeUInt32LE(Buffer.byteLength(json));
    return Buffer.concat([length, Buffer.from(json), Buffer.alloc(16 * names.length, 1)]);
  };
  return fileWith(sha256Of(fileWith('0'.repeat(64))));
}

function stepOf(file: string): number {
  const bytes = fs.readFileSync(file);
  const header = bytes.subarray(8, 8 + bytes.readUInt32LE(0)).toString();
  const { __metadata__ } = JSON.parse(header) as {
    __metadata__: Readonly<Record<string, string>>;
  };
  return (JSON.parse(__metadata__['resnet-lab'] ?? '{}') as { step: number }).step;
}

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

function score(step: number) {
  return { examples: 4, loss: 1 / (step + 1), accuracy: step / totalSteps, top5: 1 };
}

function progress(step: number): TrainEvent {
  return {
    kind: 'progress',
    step,
    totalSteps,
    epoch: step / stepsPerEpoch,
    rate: 0.1,
    imagesPerSecond: 100,
    elapsedMs: step * 10,
    remainingMs: 1,
  };
}

function dataFacts(): DataFacts {
  return {
    name: 'shapes',
    fingerprint: process.env['RESNET_LAB_ACT_FINGERPRINT'] ?? '',
    input: { height: 32, width: 32, channels: 3 },
    classes: ['a', 'b'],
    counts: { train: 16, val: 4, test: 0 },
    problems: 0,
    residency: 'resident',
    normalization: { mean: [0, 0, 0], deviation: [1, 1, 1] },
  };
}

function preparedFacts(firstStep: number): PreparedFacts {
  return {
    tensorflow: '0',
    tfjs: '0',
    node: process.version,
    device: 'cpu',
    parameters: 10,
    graphNodes: 1,
    recordMs: 1,
    totalSteps,
    stepsPerEpoch,
    firstStep,
    elapsedMs: firstStep * 10,
    units: ['stem'],
    convolutions: ['conv1'],
  };
}
