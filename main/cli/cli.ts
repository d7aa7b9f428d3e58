// What every command is given. Hosts are loaded when a command needs one, so that the others start fast.
import type { Host } from '../host/open-host.ts';
import { createTerminal, type Sink, type Terminal } from './terminal.ts';

export interface GlobalOptions {
  readonly home?: string;
  readonly json?: boolean;
}

export interface Cli {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For the exit of a command that was stopped, not failed. */
  setExitCode(code: number): void;
}

export function terminalFor(cli: Cli, { json = false }: GlobalOptions): Terminal {
  return createTerminal({ stdout: cli.stdout, stderr: cli.stderr, json });
}

/** Opens the library for one command and closes it afterwards. */
export async function withHost<T>(
  cli: Cli,
  { home }: GlobalOptions,
  work: (host: Host) => Promise<T> | T,
): Promise<T> {
  const { openHost } = await import('../host/open-host.ts');
  const host = openHost({ home, env: cli.env });
  try {
    return await work(host);
  } finally {
    host.close();
  }
}
