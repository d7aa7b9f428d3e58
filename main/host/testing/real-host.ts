// Hosts with real trainers, in this process or one of their own.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';
import type { RunEvent } from '../../../shared/contract/app/runs.ts';
import { ensureCheckedRuntime } from '../../runtime/checked-runtime.ts';
import { openLibrary } from '../../store/library.ts';
import type { HostParts } from '../host-parts.ts';
import { chromiumPrinter } from '../print-pdf.ts';
import { forkLauncher } from '../trainer-launcher.ts';
import { bundledProgram, networkScript, pageScript } from './bundled-programs.ts';

const project = fileURLToPath(new URL('../../..', import.meta.url));
const dist = path.join(project, 'dist');

export function realParts(folder: string): HostParts {
  const library = openLibrary(folder);
  onTestFinished(() => library.close());
  const { env } = process;
  return {
    library,
    launcher: forkLauncher(bundledProgram('trainer')),
    ensureRuntime: ({ onProgress, signal }) => ensureCheckedRuntime({ env, onProgress, signal }),
    codeVersion: 'test',
    printPdf: chromiumPrinter({ env: process.env }),
    pageScript,
    networkScript,
    env,
  };
}

export interface HostProcess {
  /** Resolves with the first event that fits; rejects if the process ends before. */
  sees(fits: (event: RunEvent) => boolean): Promise<RunEvent>;
  /** Ends it as a power cut would, and waits until it is gone. */
  kill(): Promise<void>;
}

/** `request` is what `runs.start` takes. */
export async function startHostProcess(folder: string, request?: unknown): Promise<HostProcess> {
  // In the project, where packages are found.
  fs.mkdirSync(dist, { recursive: true });
  const bundle = fs.mkdtempSync(path.join(dist, 'test-host-'));
  onTestFinished(() => {
    fs.rmSync(bundle, { recursive: true, force: true });
  });
  const outfile = path.join(bundle, 'host-process.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('host-process.ts', import.meta.url))],
    ...{ outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external' },
  });
  const child = spawn(
    process.execPath,
    [
      outfile,
      folder,
      bundledProgram('trainer'),
      ...(request === undefined ? [] : [JSON.stringify(request)]),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => resolve());
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const events: RunEvent[] = [];
  const lookers = new Set<() => void>();
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    events.push(...lines.map((line) => JSON.parse(line) as RunEvent));
    for (const look of lookers) look();
  });
  return {
    sees: (fits) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const event = events.find(fits);
          if (event !== undefined) resolve(event);
        };
        lookers.add(look);
        void ended.then(() => reject(new Error('The host ended before that.')));
        look();
      }),
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
