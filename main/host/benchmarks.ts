// Runs the benchmarks in a process of their own, because they load TensorFlow and this one must not.
// They print their findings themselves.
import { spawn } from 'node:child_process';
import { benchFile, projectFolder } from './program-files.ts';
import type { Environment } from './trainer-launcher.ts';

/** Resolves with the exit code when they have ended. */
export function runBenchmarks(
  names: readonly string[],
  { json, env }: { readonly json: boolean; readonly env: Environment },
): Promise<number> {
  const args = [benchFile(), ...names, ...(json ? ['--json'] : [])];
  const child = spawn(process.execPath, ['--enable-source-maps', ...args], {
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
