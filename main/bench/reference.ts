// The same step in PyTorch and Keras, through the Python scripts beside this file, where a Python
// with those packages is to be had.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { getArchitecture } from '../zoo/registry.ts';
import { referenceModes, type Framework, type StepCase } from './cases.ts';

const ReferenceLine = z.object({
  mode: z.string(),
  medianMs: z.number().optional(),
  stepsMs: z.array(z.number()).optional(),
  error: z.string().optional(),
  versions: z.record(z.string(), z.string()),
});

export interface ReferenceTimes {
  readonly name: string;
  readonly stepsMs: readonly number[];
  /** Why there are no times. */
  readonly missing?: string;
  readonly versions: Readonly<Record<string, string>>;
}

export async function measureReference(
  framework: Framework,
  of: StepCase,
  options: {
    readonly python: string;
    readonly scripts: string;
    /** Left out: those that the case is judged by. */
    readonly modes?: readonly string[];
    /** Of PyTorch; left out: the CPU. */
    readonly device?: 'cpu' | 'cuda';
  },
): Promise<ReferenceTimes[]> {
  const { modes = referenceModes(of, framework), device } = options;
  if (modes.length === 0) return [];
  const folder = mkdtempSync(join(tmpdir(), 'resnet-lab-bench-'));
  try {
    const spec = join(folder, 'spec.json');
    writeFileSync(spec, JSON.stringify(getArchitecture(of.architecture).spec));
    const output = await runPython(options.python, [
      join(options.scripts, `${framework}_bench.py`),
      ...['--arch-json', spec, '--input', `${of.size}x${of.size}x3`, '--classes', '10'],
      ...['--batch', String(of.batch), '--steps', String(of.steps)],
      ...(of.pass === 'evaluate' ? ['--evaluate'] : []),
      ...(device === undefined ? [] : ['--device', device]),
      ...['--modes', ...modes],
    ]);
    return output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => ReferenceLine.parse(JSON.parse(line)))
      .map(({ mode, stepsMs, error, versions }) => ({
        name: `${framework} ${mode}`,
        stepsMs: stepsMs ?? [],
        versions,
        ...(error === undefined ? {} : { missing: error }),
      }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether this Python has the framework. */
export async function hasFramework(python: string, framework: Framework): Promise<boolean> {
  const packages = { torch: 'torch', keras: 'keras, tensorflow' }[framework];
  return runPython(python, ['-c', `import ${packages}`]).then(
    () => true,
    () => false,
  );
}

function runPython(python: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else
        reject(new Error(`${python} ${args[0] ?? ''} ended with ${code}: ${errors.slice(-500)}`));
    });
  });
}
