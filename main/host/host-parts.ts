// What the host services are made of, handed in by whoever builds a host (command line, window,
// server, test). Nothing here is global.
import type { Library } from '../store/library.ts';
import type { OnProgress, Runtime } from '../runtime/runtime.ts';
import type { PrintPdf } from './print-pdf.ts';
import type { Environment, TrainerLauncher } from './trainer-launcher.ts';

export interface HostParts {
  readonly library: Library;
  readonly launcher: TrainerLauncher;
  /** Finds or stages TensorFlow. */
  readonly ensureRuntime: (options: {
    readonly onProgress: OnProgress;
    readonly signal: AbortSignal | undefined;
  }) => Promise<Runtime>;
  readonly printPdf: PrintPdf;
  /** The script that exported pages run (renderer/report-page), as text. */
  readonly pageScript: () => string;
  /** The script that computes the networks which exported pages carry. */
  readonly networkScript: () => string;
  readonly codeVersion: string;
  /** What trainers inherit. */
  readonly env: Environment;
}

/** Something that takes longer than a moment before the work proper. */
export interface Preparing {
  readonly kind: 'preparing';
  readonly message: string;
  /** 0…1 where the end is known. */
  readonly fraction?: number | undefined;
}
