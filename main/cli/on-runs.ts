// One action on the runs that a command names: what can be done is done, each run that refuses is named
// with the reason, and the exit code is 2. One run that refuses is an ordinary error.
import { AppError, toErrorDocument } from '../../shared/errors.ts';
import type { Cli } from './cli.ts';
import type { Terminal } from './terminal.ts';
import { refusalLine } from './report-error.ts';

export interface OnRunsOptions<T> {
  readonly cli: Cli;
  readonly terminal: Terminal;
  readonly references: readonly string[];
  readonly work: (reference: string) => T;
  /** What is said of each run that did not refuse. */
  readonly line: (result: T) => string;
}

/** With `--json` the result itself for one run, `{runs, failed}` for several. */
export function onRuns<T>(options: OnRunsOptions<T>): void {
  const { cli, terminal, references, work, line } = options;
  const done: T[] = [];
  const failed: { readonly id: string; readonly error: AppError }[] = [];
  for (const reference of references) {
    try {
      done.push(work(reference));
    } catch (error) {
      if (!(error instanceof AppError) || references.length === 1) throw error;
      failed.push({ id: reference, error });
    }
  }
  const documents = failed.map(({ id, error }) => ({ id, error: toErrorDocument(error) }));
  const document = references.length === 1 ? done[0] : { runs: done, failed: documents };
  for (const { id, error } of failed) terminal.note(refusalLine(id, error));
  if (done.length > 0 || terminal.json) {
    terminal.result(document, () => done.map(line).join('\n'));
  }
  if (failed.length > 0) cli.setExitCode(2);
}
