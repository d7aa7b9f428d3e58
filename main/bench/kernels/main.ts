// `npm run kernels`, `resnet-lab doctor --kernels`: are this library's convolutions right on this processor?
// Prints a table, or JSON; ends with 1 if what trainings use computes anything wrong.
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { inputError, toErrorDocument } from '../../../shared/errors.ts';
import { hidesCaches } from '../../runtime/hidden-caches.ts';
import { loadDefaults } from '../../runtime/load-environment.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { ensureCheckedRuntime } from '../../runtime/checked-runtime.ts';
import { checkKernels, WITHOUT_ONEDNN, type Way, type WayResult } from './check.ts';
import { computeForParent } from './child.ts';
import { tally } from './judge.ts';
import { kernelCases } from './shapes.ts';

const DEFAULT_SECONDS = 170;

try {
  if (process.argv[2] === '--child') await computeForParent();
  else await main();
} catch (error) {
  const document = toErrorDocument(error);
  if (document.code === 'internal') console.error(error);
  if (process.argv.includes('--json')) console.log(JSON.stringify({ error: document }));
  else console.error(`error[${document.code}]: ${document.message}`);
  process.exitCode = document.fault === 'input' ? 2 : 1;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: 'boolean' }, seconds: { type: 'string' } },
  });
  const seconds = secondsOf(values.seconds);
  const note = (text: string): void => console.error(text);
  const runtime = await ensureCheckedRuntime({ onProgress: ({ message }) => note(message) });
  const cases = kernelCases();
  const ways = waysFor(process.env, runtime);
  note(`Computing up to ${cases.length} convolutions in ${ways.length} ways for ${seconds} s …`);
  const results = await checkKernels({
    cases,
    ways,
    program: [fileURLToPath(import.meta.url), '--child'],
    env: { ...process.env, CUDA_VISIBLE_DEVICES: '-1', TF_CPP_MIN_LOG_LEVEL: '3' },
    limitMs: seconds * 1000,
    onProgress: (done) => note(`${done} of ${cases.length} cases`),
  });
  const { tensorflowVersion } = runtime;
  if (values.json === true) {
    const document = {
      tensorflowVersion,
      hidesCaches: hidesCaches(),
      cases: cases.length,
      results: results.map(countsOf),
    };
    console.log(JSON.stringify(document, null, 2));
  } else {
    console.log(`TensorFlow ${tensorflowVersion}\n\n${results.map(formatResult).join('\n\n')}`);
  }
  if ((results[0]?.faults.length ?? 0) > 0) process.exitCode = 1;
}

function secondsOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_SECONDS;
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds > 0) return seconds;
  throw inputError('bad-option', `--seconds ${text} is not a number of seconds above 0.`);
}

/** What trainings use first; then oneDNN, whether or not they use it, with and without the engine's care. */
function waysFor(env: NodeJS.ProcessEnv, runtime: Runtime): Way[] {
  const defaults = loadDefaults({ ...runtime, device: 'cpu' });
  const chosen = env['TF_ENABLE_ONEDNN_OPTS'] ?? defaults['TF_ENABLE_ONEDNN_OPTS'];
  const isOff = chosen === WITHOUT_ONEDNN.TF_ENABLE_ONEDNN_OPTS;
  const onednn = { TF_ENABLE_ONEDNN_OPTS: '1' };
  return [
    { name: `as trainings run here (oneDNN ${isOff ? 'off' : 'on'})`, form: 'app', env: {} },
    ...(isOff
      ? [{ name: "the engine's convolutions, oneDNN on", form: 'app' as const, env: onednn }]
      : []),
    { name: "TensorFlow's op as it is, oneDNN on", form: 'library', env: onednn },
  ];
}

function countsOf({ name, cases, faults }: WayResult) {
  return { name, cases: cases.length, faults, kinds: tally(cases, faults) };
}

function formatResult({ name, cases, faults }: WayResult): string {
  const head = `${name}: ${faults.length} of ${cases.length} wrong`;
  const rows = tally(cases, faults)
    .filter((row) => row.faults > 0)
    .map(
      (row) => `  ${String(row.faults).padStart(4)} of ${String(row.cases).padEnd(4)} ${row.kind}`,
    );
  const examples = faults
    .slice(0, 3)
    .map(({ text, problems }) => `  e.g. ${text}: ${problems.join('; ')}`);
  return [head, ...rows, ...examples].join('\n');
}
