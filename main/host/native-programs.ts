// Runs the programs that load TensorFlow for a look at it, benchmarks, the kernel check and the self-test, in processes of
// their own, because this one must not load it. They print what they found themselves.
import { spawn } from 'node:child_process';
import { benchFile, kernelCheckFile, projectFolder, selftestFile } from './program-files.ts';
import type { Environment } from './trainer-launcher.ts';

interface ProgramOptions {
  readonly json: boolean;
  readonly env: Environment;
}

/** Resolves with the exit code when they have ended. */
export function runBenchmarks(names: readonly string[], options: ProgramOptions): Promise<number> {
  return runProgram(benchFile(), names, options);
}

/** As `runBenchmarks`; without `seconds` for as long as the check thinks right. */
export function runKernelCheck(
  options: ProgramOptions & { readonly seconds: string | undefined },
): Promise<number> {
  const { seconds } = options;
  return runProgram(
    kernelCheckFile(),
    seconds === undefined ? [] : ['--seconds', seconds],
    options,
  );
}

/** Ten steps of four networks on every device. */
export function runSelftest(options: ProgramOptions): Promise<number> {
  return runProgram(selftestFile(), [], options);
}

function runProgram(
  file: string,
  args: readonly string[],
  { json, env }: ProgramOptions,
): Promise<number> {
  const all = ['--enable-source-maps', file, ...args, ...(json ? ['--json'] : [])];
  const child = spawn(process.execPath, all, {
    stdio: 'inherit',
    // Inside Electron, execPath is the app itself unless it is told to behave as Node.
    env: { ...env, ELECTRON_RUN_AS_NODE: '1', RESNET_LAB_SOURCES: projectFolder() },
  });
  // Ctrl-C reaches both; the child ends of it, and then so do we.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  return new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(signal === 'SIGINT' ? 130 : (code ?? 1)));
  }).finally(() => process.off('SIGINT', ignore));
}
