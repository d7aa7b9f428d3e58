// Opens the window from a terminal: runs Electron on this checkout and waits until it ends.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { failure } from '../../shared/errors.ts';
import { projectFolder } from '../host/program-files.ts';
import type { Environment } from '../host/trainer-launcher.ts';

export interface LaunchOptions {
  /** What the app understands: `--home=DIR` and things to open. */
  readonly args: readonly string[];
  readonly env: Environment;
  readonly startFile?: string;
}

/** Resolves with the exit code. `binary` is what `findElectron` found. */
export function launchElectron(binary: string, options: LaunchOptions): Promise<number> {
  const { args, env, startFile = path.join(projectFolder(), 'main', 'app', 'start.mjs') } = options;
  // Inherited from another Electron (an editor's terminal), it would make a bare Node of this one.
  const child = spawn(binary, [startFile, ...args], {
    stdio: 'inherit',
    env: { ...env, ELECTRON_RUN_AS_NODE: undefined },
  });
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => {
      const sentence = `Electron could not be started (${binary}): ${cause.message}. "resnet-lab serve" opens the same page in a browser.`;
      reject(failure('electron-not-started', sentence, { path: binary, cause }));
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
