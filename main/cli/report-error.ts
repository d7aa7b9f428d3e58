// Turns whatever a command threw into its last words and an exit code: 2 when the usage or the input
// was wrong, 1 otherwise. With --json the error is the one document on stdout.
import { CommanderError } from 'commander';
import { AppError, inputError, toErrorDocument } from '../../shared/errors.ts';
import type { Sink } from './terminal.ts';
import { visibleText } from './visible-text.ts';

export interface ReportOptions {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly json: boolean;
}

export function reportError(thrown: unknown, { stdout, stderr, json }: ReportOptions): number {
  // Help and version were asked for and have been printed.
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
  // A group without its command: the help that was printed says it all.
  if (thrown instanceof CommanderError && thrown.code === 'commander.help' && !json) return 2;
  const error = thrown instanceof CommanderError ? usageError(thrown) : thrown;
  const { code, message, fault, details, path } = toErrorDocument(error);
  if (json) {
    const document = { code, message, details, ...(path === undefined ? {} : { path }) };
    stdout.write(`${JSON.stringify({ error: document }, null, 2)}\n`);
  } else {
    stderr.write(`error[${code}]: ${visibleText(message)}\n`);
  }
  if (!(error instanceof AppError) && error instanceof Error) {
    // A defect: the sentence can't help, the stack can.
    stderr.write(`${error.stack ?? ''}\nPlease report this.\n`);
  }
  return fault === 'input' ? 2 : 1;
}

/** One of several that a command was asked for and refused: it goes on with the others. */
export function refusalLine(name: string, error: Pick<AppError, 'code' | 'message'>): string {
  return `error[${error.code}]: ${name}: ${error.message}`;
}

/** `error: unknown option '--dat'\n(Did you mean --data?)` as one of our sentences. */
function usageError({ code, message }: CommanderError): AppError {
  if (code === 'commander.help') {
    return inputError('no-command', 'Say which command to run; --help shows them.');
  }
  const [first = '', ...rest] = message.replace(/^error: /, '').split('\n');
  const sentence = `${first.charAt(0).toUpperCase()}${first.slice(1)}`.replace(/\.?$/, '.');
  const hint = rest
    .map((line) => line.trim().replace(/^\(|\)$/g, ''))
    .filter((line) => line !== '')
    .join(' ');
  const help = hint === '' ? 'Add --help to see what there is.' : hint;
  return inputError(
    code.replace(/^commander\./, '').replace(/[A-Z]/g, dashed),
    `${sentence} ${help}`,
  );
}

function dashed(letter: string): string {
  return `-${letter.toLowerCase()}`;
}
