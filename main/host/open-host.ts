// Builds a host in this process: the library, the trainers and the services on them. The command line
// opens one per command; a window keeps one open.
import { readFileSync } from 'node:fs';
import { ensureCheckedRuntime } from '../runtime/checked-runtime.ts';
import { openLibrary } from '../store/library.ts';
import { codeVersion } from './code-version.ts';
import { homeFolder } from './home.ts';
import type { HostParts } from './host-parts.ts';
import { reportNetworkFile, reportPageFile, trainerFile } from './program-files.ts';
import { chromiumPrinter, type PrintPdf } from './print-pdf.ts';
import { RunService } from './run-service.ts';
import { forkLauncher, type Environment, type TrainerLauncher } from './trainer-launcher.ts';

export interface Host {
  readonly parts: HostParts;
  readonly library: HostParts['library'];
  readonly runs: RunService;
  close(): void;
}

export interface OpenHostOptions {
  /** The library folder, if the user named one. */
  readonly home?: string | undefined;
  readonly env?: Environment;
  /** What trainers run in; Node processes unless said otherwise. */
  readonly launcher?: TrainerLauncher;
  /** The Chromium found on the machine unless said otherwise. */
  readonly printPdf?: PrintPdf;
}

export function openHost(options: OpenHostOptions = {}): Host {
  const { home, env = process.env, launcher = forkLauncher(trainerFile()) } = options;
  const library = openLibrary(homeFolder({ home, env }));
  const parts: HostParts = {
    library,
    launcher,
    ensureRuntime: ({ onProgress, signal }) => ensureCheckedRuntime({ env, onProgress, signal }),
    printPdf: options.printPdf ?? chromiumPrinter({ env }),
    pageScript: () => readFileSync(reportPageFile(), 'utf8'),
    networkScript: () => readFileSync(reportNetworkFile(), 'utf8'),
    codeVersion,
    env,
  };
  return {
    parts,
    library,
    runs: new RunService(parts),
    close: () => library.close(),
  };
}
