// What the formats of `resnet-lab export` have in common.
import type { Host } from '../host/open-host.ts';
import type { GlobalOptions } from './cli.ts';
import type { Terminal } from './terminal.ts';

export interface ExportOptions extends GlobalOptions {
  readonly format: string;
  readonly out: string;
  readonly checkpoint?: string;
  readonly fold?: boolean;
  readonly checkImages: string;
}

export interface ExportRequest {
  readonly host: Host;
  readonly terminal: Terminal;
  /** Runs, or the last four characters of their ids. */
  readonly runs: readonly string[];
  readonly folder: string;
  readonly options: ExportOptions;
}

export interface Exported {
  readonly document: unknown;
  readonly text: () => string;
  /** It was written, but something that was asked what it computes disagrees. */
  readonly disagrees?: boolean;
}

export type Exporter = (request: ExportRequest) => Promise<Exported>;
