// What a staged native library is, as its users see it, and how the work of staging reports
// progress. Types only: every other file of this folder may import this one.
import type { ConvolutionKind } from './convolution-check-cases.ts';

export type DeviceKind = 'cpu' | 'cuda';

/** Where the libraries came from: named by the user, a Python wheel, or tfjs-node-gpu's installer. */
export type Origin = 'explicit' | 'wheel' | 'installer';

/** A native library that has been checked to load on this machine. JSON-safe. */
export interface Runtime {
  /** The Node-API binding, `…/lib/napi-v8/tfjs_binding.node`. */
  readonly bindingPath: string;
  /** The folder with libtensorflow_cc / libtensorflow that the binding loads. */
  readonly libraryFolder: string;
  readonly tensorflowVersion: string;
  readonly device: DeviceKind;
  readonly origin: Origin;
  /** True when nothing had to be fetched or built for this call. */
  readonly cached: boolean;
  /** Kinds of convolutions that oneDNN computes wrongly on this processor; undefined: not checked. */
  readonly wrongConvolutions?: readonly ConvolutionKind[];
  /** Why this one, as sentences, most important first. */
  readonly reasons: readonly string[];
}

export type StagingStep =
  'wait' | 'resolve' | 'download' | 'unpack' | 'compile' | 'verify' | 'stage';

export interface StagingProgress {
  readonly step: StagingStep;
  /** What is being done, without a final full stop. */
  readonly message: string;
  /** 0…1 within this step; absent while the end is not known. */
  readonly fraction?: number;
}

export type OnProgress = (progress: StagingProgress) => void;

/** Environment variables as they are read; never `process.env` directly, so that tests can give theirs. */
export type Environment = Readonly<Record<string, string | undefined>>;
