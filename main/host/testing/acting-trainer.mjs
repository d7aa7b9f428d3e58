// A real child process that speaks the trainer's side of the contract without TensorFlow, and behaves
// as well or as badly as RESNET_LAB_ACT says. For tests of supervision only.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const act = process.env.RESNET_LAB_ACT ?? 'finish';
let totalSteps = 12;
const stepsPerEpoch = 4;
const waiting = new Map();
let stopRequested = false;
let batch = 0;
let previews = 0;
let isPreviewing = false;

process.on('message', (message) => {
  if (message.kind === 'start') void play(message.job);
  if (message.kind === 'stop') stopRequested = true;
  if (message.kind === 'stop' && isPreviewing && act !== 'deaf') void leave();
  if (message.kind === 'preview') void preview(message.request);
  if (message.kind === 'saved') waiting.get(message.batch)?.();
});
process.on('disconnect', () => process.exit(3));

const send = (message) => new Promise((resolve) => process.send(message, resolve));
const turn = () => new Promise((resolve) => setImmediate(resolve));
const forever = () => new Promise((resolve) => setTimeout(resolve, 1e9));

async function play(job) {
  console.log(`acting: ${act}`);
  if (job.kind === 'evaluate') {
    await evaluate();
    return;
  }
  if (job.kind === 'preview') {
    isPreviewing = true;
    await send({ kind: 'preview-ready' });
    return;
  }
  switch (act) {
    case 'crash':
      console.error('Error: the act is over');
      process.exit(7);
      break;
    case 'abort':
      console.log('I0000 00:00:1.2  47 port.cc:153] oneDNN custom operations are on. You may see');
      process.abort();
      break;
    case 'garbage':
      await send({ kind: 'applause' });
      await forever();
      break;
    case 'deaf':
      // Hears neither stop nor polite signals.
      process.on('SIGTERM', () => undefined);
      await send({ kind: 'preparing', message: 'deaf' });
      await forever();
      break;
    case 'fail':
      await send({
        kind: 'failed',
        error: {
          code: 'loss-not-finite',
          message: 'The loss is not finite.',
          fault: 'failure',
          details: { step: 3 },
        },
      });
      process.exitCode = 1;
      process.disconnect();
      break;
    default:
      await train(job);
  }
}

async function train(job) {
  totalSteps = job.spec.recipe.length.steps ?? totalSteps;
  const checkpoint = path.join(job.runFolder, 'last.safetensors');
  const firstStep = job.resume ? stepOf(checkpoint) : 0;
  await send({ kind: 'data', facts: dataFacts() });
  await send({ kind: 'prepared', facts: preparedFacts(firstStep) });
  let step = firstStep;
  let outcome = 'finished';
  while (step < totalSteps) {
    if (stopRequested) {
      outcome = 'stopped';
      break;
    }
    step++;
    await savePoint(step);
    await send(progress(step));
    if (step % stepsPerEpoch === 0) await save('last', step, job);
    if (step === stepsPerEpoch) await save('best', step, job);
    // Past the first checkpoint, so that there is something to lose.
    if (act === 'crash-later' && step === 6) process.exit(7);
    if (act === 'wait-at-6' && step === 6) while (!stopRequested) await turn();
    await turn();
  }
  if (outcome === 'stopped') await save('last', step, job);
  const facts = { step, split: 'val', ...score(step) };
  await send({ kind: 'evaluation', facts });
  await send({ kind: 'done', outcome, step, elapsedMs: step * 10, peakMemoryBytes: 1e6 });
  if (act === 'linger') await forever();
  process.disconnect();
}

/** Every byte is the seed; the second request is too much for one that crashes later. */
async function preview({ id, seed, images, rounds }) {
  previews++;
  if (act === 'deaf') return;
  if (act === 'crash-later' && previews === 2) process.exit(7);
  if (act === 'fail') {
    const error = { code: 'no-such-image', message: 'None.', fault: 'input', details: {} };
    await send({ kind: 'preview-failed', id, error });
    return;
  }
  const shape = { height: 2, width: 2, channels: 1 };
  const pixels = new Uint8Array((1 + rounds) * images * 4).fill(seed);
  await send({ kind: 'previewed', id, shape, pixels });
}

async function leave() {
  process.removeAllListeners('disconnect');
  await send({ kind: 'done', outcome: 'finished', step: 0, elapsedMs: 1, peakMemoryBytes: 1e6 });
  process.disconnect();
}

async function evaluate() {
  const classes = dataFacts().classes;
  const worst = [
    {
      index: 1,
      source: 'val 1',
      label: 0,
      predicted: 1,
      confidence: 0.9,
      labelProbability: 0.1,
      loss: 2.3,
    },
  ];
  const facts = { classes, examples: 4, confusion: [1, 1, 0, 2], worst };
  await send({ kind: 'mistakes', facts });
  await send({ kind: 'done', outcome: 'finished', step: 0, elapsedMs: 1, peakMemoryBytes: 1e6 });
  process.disconnect();
}

async function savePoint(step) {
  const saved = new Promise((resolve) => waiting.set(batch, resolve));
  const series = {
    name: 'train/loss',
    width: 1,
    unit: 'nats',
    steps: [step],
    elapsedMs: [step * 10],
    values: Float32Array.of(1 / step),
  };
  await send({ kind: 'points', batch: batch++, series: [series] });
  await saved;
}

/** A checkpoint as the real trainer writes it: one weight, a slot in the last one, the state, the seal. */
async function save(role, step, job) {
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
  await send({ kind: 'checkpoint', facts });
}

function sealed(names, state) {
  const tensors = names.map((name, i) => [
    name,
    { dtype: 'F32', shape: [4], data_offsets: [i * 16, i * 16 + 16] },
  ]);
  const fileWith = (seal) => {
    const metadata = { 'resnet-lab': state, 'resnet-lab-seal': seal };
    const json = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(tensors) });
    const length = Buffer.alloc(8);
    length.writeUInt32LE(Buffer.byteLength(json));
    return Buffer.concat([length, Buffer.from(json), Buffer.alloc(16 * names.length, 1)]);
  };
  return fileWith(sha256Of(fileWith('0'.repeat(64))));
}

function stepOf(file) {
  const bytes = fs.readFileSync(file);
  const header = bytes.subarray(8, 8 + bytes.readUInt32LE(0)).toString();
  return JSON.parse(JSON.parse(header).__metadata__['resnet-lab']).step;
}

const sha256Of = (bytes) => createHash('sha256').update(bytes).digest('hex');

function score(step) {
  return { examples: 4, loss: 1 / (step + 1), accuracy: step / totalSteps, top5: 1 };
}

function progress(step) {
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

function dataFacts() {
  return {
    name: 'shapes',
    fingerprint: process.env.RESNET_LAB_ACT_FINGERPRINT ?? '',
    input: { height: 32, width: 32, channels: 3 },
    classes: ['a', 'b'],
    counts: { train: 16, val: 4, test: 0 },
    problems: 0,
    residency: 'resident',
    normalization: { mean: [0, 0, 0], deviation: [1, 1, 1] },
  };
}

function preparedFacts(firstStep) {
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
