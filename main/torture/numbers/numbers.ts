// Random networks against other ways of computing them, and convolutions of many shapes.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Attack, Context, Outcome } from '../attack.ts';
import { kernelCheckFile } from '../../host/program-files.ts';

export const numbers: readonly Attack[] = [
  {
    ...{ part: 'numbers', name: 'eager', title: 'random networks, recorded and eager' },
    run: (context) => networks(context, 'eager'),
  },
  {
    ...{ part: 'numbers', name: 'torch', title: 'random networks, recorded and in PyTorch' },
    run: (context) => networks(context, 'torch'),
  },
  {
    ...{
      part: 'numbers',
      name: 'kernels',
      title: "convolutions of many shapes, TensorFlow's own kernels beside",
    },
    run: kernels,
  },
];

async function networks({ sizes, seed }: Context, against: 'eager' | 'torch'): Promise<Outcome> {
  if (sizes.networks === 0) return { cases: 0, findings: [] };
  const file = fileURLToPath(new URL('./torture-networks.js', import.meta.url));
  const ended = await output([file, String(seed), String(sizes.networks), against]);
  const line = ended.stdout.trim().split('\n').at(-1) ?? '';
  if (ended.how === 0) return JSON.parse(line) as Outcome;
  const problem = `The process ended by ${ended.how}: ${ended.stderr.slice(-600)}`;
  return { cases: 1, findings: [{ problem, reproduction: `seed ${seed}` }] };
}

interface KernelDocument {
  readonly results: readonly {
    readonly name: string;
    readonly cases: number;
    readonly faults: readonly { readonly text: string; readonly problems: readonly string[] }[];
  }[];
}

async function kernels({ sizes }: Context): Promise<Outcome> {
  if (sizes.kernels === 0) return { cases: 0, findings: [] };
  const { stdout, stderr } = await output([
    kernelCheckFile(),
    ...['--seconds', String(sizes.kernels), '--json'],
  ]);
  // What trainings use comes first; the other ways are there to compare.
  const [own] = (JSON.parse(stdout) as KernelDocument).results;
  if (own === undefined) throw new Error(`The kernel check said nothing: ${stderr.slice(-600)}`);
  return {
    cases: own.cases,
    findings: own.faults.map(({ text, problems }) => ({
      problem: problems.join('; '),
      reproduction: text,
    })),
    notes: [own.name],
  };
}

function output(args: readonly string[]): Promise<{
  readonly how: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}> {
  const child = spawn(process.execPath, ['--enable-source-maps', ...args], {
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ how: signal ?? code ?? 1, stdout, stderr }));
  });
}
