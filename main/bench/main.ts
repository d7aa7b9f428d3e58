// `npm run bench`: measures the promises of the README side by side and prints medians and ratios.
// Every measurement of ours runs in a process of its own, started from here with `--measure`.
import { fork } from 'node:child_process';
import { arch, cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { inputError, toErrorDocument } from '../../shared/errors.ts';
import { prepareProcess } from '../runtime/load.ts';
import { ensureCheckedRuntime } from '../runtime/checked-runtime.ts';
import { CASES, ROUNDS, type BenchCase, type Framework, type StepCase } from './cases.ts';
import type { DeepTraining, StepTimes } from './engine-steps.ts';
import type { EpochTimes, StreamingTimes } from './epoch.ts';
import { hasFramework, measureReference, type ReferenceTimes } from './reference.ts';
import { formatFindings, judge, type Finding, type Round } from './report.ts';

interface Measured {
  readonly step: StepTimes;
  readonly diagnostics: { withMs: number[]; withoutMs: number[] };
  readonly epoch: EpochTimes;
  readonly streaming: StreamingTimes;
  readonly memory: DeepTraining;
}

const [flag, name] = process.argv.slice(2);
try {
  if (flag === '--measure') await answer(caseNamed(name ?? ''));
  else await measureAll(process.argv.slice(2));
} catch (error) {
  const document = toErrorDocument(error);
  // A defect's stack is for whoever mends it; a wrong name needs only its sentence.
  if (document.code === 'internal') console.error(error);
  if (process.argv.includes('--json')) console.log(JSON.stringify({ error: document }));
  else console.error(`error[${document.code}]: ${document.message}`);
  process.exitCode = document.fault === 'input' ? 2 : 1;
}

/** The measuring process: one case, one message to the parent. */
async function answer(of: BenchCase): Promise<void> {
  prepareProcess(await ensureCheckedRuntime());
  const engine = await import('./engine-steps.ts');
  const results = {
    step: () => engine.measureSteps(of as StepCase),
    diagnostics: () => engine.measureDiagnostics(),
    epoch: async () => (await import('./epoch.ts')).measureEpoch(),
    streaming: async () => (await import('./epoch.ts')).measureStreaming(),
    memory: () => engine.measureDeepest(),
  };
  const result = await results[of.kind]();
  await new Promise((resolve) => process.send?.(result, resolve));
  process.disconnect();
}

async function measureAll(args: readonly string[]): Promise<void> {
  const json = args.includes('--json');
  const names = args.filter((arg) => !arg.startsWith('--'));
  const cases = names.length === 0 ? CASES : names.map(caseNamed);
  const note = (text: string): void => console.error(text);
  await ensureCheckedRuntime({ onProgress: ({ message }) => note(message) });
  const python = process.env['PYTHON'] ?? 'python3';
  const frameworks: Framework[] = [];
  for (const framework of ['torch', 'keras'] as const) {
    if (await hasFramework(python, framework)) frameworks.push(framework);
    else note(`${python} has no ${framework}; set PYTHON to one that has it to compare with it.`);
  }
  const findings: Finding[] = [];
  for (const of of cases) {
    note(`measuring ${of.name} …`);
    const found = await measureCase(of, frameworks, python);
    findings.push(...found);
    if (!json) process.stdout.write(formatFindings(found));
  }
  const machine = {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    arch: arch(),
    node: process.version,
  };
  if (json) process.stdout.write(`${JSON.stringify({ machine, findings }, null, 2)}\n`);
  else process.stdout.write(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}\n`);
}

async function measureCase(
  of: BenchCase,
  frameworks: readonly Framework[],
  python: string,
): Promise<Finding[]> {
  switch (of.kind) {
    case 'step': {
      const rounds: Round[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const ours = await inProcess('step', of);
        const references: ReferenceTimes[] = [];
        for (const framework of frameworks) {
          references.push(
            ...(await measureReference(framework, of, { python, scripts: referenceFolder() })),
          );
        }
        rounds.push({ ours, references });
      }
      return judge.step(of, rounds);
    }
    case 'diagnostics':
      return judge.diagnostics(await inProcess('diagnostics', of));
    case 'epoch':
      return judge.epoch(await inProcess('epoch', of));
    case 'streaming':
      return judge.streaming(await inProcess('streaming', of));
    case 'memory':
      return judge.memory(await inProcess('memory', of));
  }
}

function inProcess<K extends keyof Measured>(_kind: K, of: BenchCase): Promise<Measured[K]> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), ['--measure', of.name], {
      serialization: 'advanced',
      env: { TF_CPP_MIN_LOG_LEVEL: '3', ...process.env },
    });
    child.on('message', (result) => resolve(result as Measured[K]));
    child.on('exit', (code, signal) => {
      reject(new Error(`Measuring ${of.name} ended with ${signal ?? code}.`));
    });
  });
}

function caseNamed(wanted: string): BenchCase {
  const found = CASES.find((entry) => entry.name === wanted);
  if (found) return found;
  throw inputError(
    'unknown-benchmark',
    `There is no benchmark "${wanted}"; there are: ${CASES.map((entry) => entry.name).join(', ')}.`,
  );
}

/** The Python scripts stay where their sources are; they are not part of the packed app. */
function referenceFolder(): string {
  const root = process.env['RESNET_LAB_SOURCES'] ?? process.cwd();
  return `${root}/main/bench/reference`;
}
