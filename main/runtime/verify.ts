// Loads a freshly built binding in a child process and runs one op through it. A library that cannot
// be loaded here (missing symbol, wrong glibc, illegal instruction) must never be marked ready, and
// must not take this process with it.
import { failure } from '../../shared/errors.ts';
import { lastLines, runCommand } from './command.ts';
import type { Environment, OnProgress } from './runtime.ts';

export interface Verified {
  readonly tensorflowVersion: string;
  readonly usesGpu: boolean;
}

const MARK = 'resnet-lab-verified ';

// 1 + 2, with the smallest part of the binding's interface. Runs without any of our files.
const SCRIPT = `
  const [, bindingPath] = process.argv;
  const binding = require(bindingPath);
  const scalar = (x) => binding.createTensor([1], binding.TF_FLOAT, new Float32Array([x]));
  const attrs = [{ name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT }];
  const [sum] = binding.executeOp('AddV2', attrs, [scalar(1), scalar(2)], 1);
  if (binding.tensorDataSync(sum.id)[0] !== 3) throw new Error('1 + 2 was not 3');
  const answer = { tensorflowVersion: binding.TF_Version, usesGpu: binding.isUsingGpuDevice() };
  console.log(${JSON.stringify(MARK)} + JSON.stringify(answer));
`;

/** A driver's first start can take long (compiling kernels for a new GPU), a hung one longer. */
const TIMEOUT_MS = 180_000;

export async function verifyBinding(
  bindingPath: string,
  options: {
    readonly env: Environment;
    readonly onProgress: OnProgress;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Verified> {
  const { env, onProgress, signal } = options;
  onProgress({ step: 'verify', message: 'Loading TensorFlow and running one op' });
  // Inside Electron, execPath is the app itself unless it is told to behave as Node.
  // Whether it sees the GPU is the question, whatever this process may use of it.
  const childEnv = {
    ...env,
    ELECTRON_RUN_AS_NODE: '1',
    TF_CPP_MIN_LOG_LEVEL: '1',
    CUDA_VISIBLE_DEVICES: undefined,
  };
  const args = ['-e', SCRIPT, bindingPath];
  const result = await runCommand(process.execPath, args, {
    env: childEnv,
    signal,
    timeoutMs: TIMEOUT_MS,
  });
  const line = result.stdout.split('\n').find((text) => text.startsWith(MARK));
  if (result.exitCode === 0 && line !== undefined) return parseAnswer(line.slice(MARK.length));
  throw failure('runtime-does-not-load', explain(result.stderr, result.killedBy), {
    path: bindingPath,
    details: { output: lastLines(result.stderr), killedBy: result.killedBy ?? null },
  });
}

function parseAnswer(text: string): Verified {
  const answer = JSON.parse(text) as { tensorflowVersion?: unknown; usesGpu?: unknown };
  return {
    tensorflowVersion: String(answer.tensorflowVersion),
    usesGpu: answer.usesGpu === true,
  };
}

function explain(stderr: string, killedBy: string | undefined): string {
  const start = 'TensorFlow was staged but does not load on this machine';
  const glibc = /version [`']?(GLIBC_[\d.]+)'? not found/.exec(stderr)?.[1];
  if (glibc !== undefined) {
    return `${start}: it needs ${glibc}, which is newer than this system's C library; use a newer Linux, or set RESNET_LAB_RUNTIME_ROUTE=installer for TensorFlow 2.9.1.`;
  }
  if (killedBy === 'SIGILL') {
    return `${start}: the CPU lacks an instruction it uses (AVX is the least); set RESNET_LAB_RUNTIME to a TensorFlow built for this CPU.`;
  }
  if (killedBy === 'SIGKILL') {
    return `${start}: the check was killed, most likely for lack of memory or time; free some memory and start again.`;
  }
  const library = /(\S+\.(?:so|dylib|dll)[\d.]*): cannot open shared object file/.exec(stderr)?.[1];
  if (library !== undefined) {
    return `${start}: the system library ${library} is missing; install it and start again.`;
  }
  const reason = /^\w*Error: (.*)$/m.exec(stderr)?.[1] ?? killedBy ?? 'it said nothing';
  return `${start} (${reason}); run "resnet-lab doctor", or set RESNET_LAB_RUNTIME to another TensorFlow.`;
}
