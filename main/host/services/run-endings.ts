// How runs ended: written to the library, or held while the library takes nothing (a full disk, a disk
// that was pulled out) and shown to the page all the same. What is held is written as soon as it can be;
// if the host ends before that, the run is found as one whose process is gone. Decides nothing about runs.
import { AppError, toErrorDocument } from '../../../shared/errors.ts';
import type { RunChanges, RunRecord, RunSummary } from '../../store/run-record.ts';

export interface RunEnding {
  readonly changes: RunChanges;
  /** One transaction, which may be tried again. */
  readonly write: () => RunRecord;
}

export interface RunEndings {
  /** `run` as it was known last. Returns it as it is to be seen now, written or not. */
  settle(run: RunRecord, ending: RunEnding): RunRecord;
  /** The run as it would be if everything that is held were written. */
  seen<R extends RunSummary>(run: R): R;
  /** Tries to write what is held. */
  retry(): void;
  /** It goes on: how it ended before is of no interest any more. */
  forget(id: string): void;
  /** @throws what keeps the end of this run from being written */
  requireWritten(id: string): void;
}

export interface RunEndingsOptions {
  readonly read: (id: string) => RunRecord;
  /** An end could not be written and is held, or it has been written after all. */
  readonly onChange: (run: RunRecord) => void;
}

export function createRunEndings({ read, onChange }: RunEndingsOptions): RunEndings {
  const held = new Map<string, RunEnding>();

  /** What keeps it from being written, or undefined if it is. */
  const attempt = (id: string, { write }: RunEnding): AppError | undefined => {
    try {
      const written = write();
      held.delete(id);
      onChange(written);
      return undefined;
    } catch (error) {
      if (isOfTheDisk(error)) return error;
      held.delete(id);
      throw error;
    }
  };

  /** A full disk can be read, one that is gone can not. */
  const latest = (run: RunRecord): RunRecord => {
    try {
      return read(run.id);
    } catch (error) {
      if (isOfTheDisk(error)) return run;
      throw error;
    }
  };

  const seen: RunEndings['seen'] = (run) => {
    const ending = held.get(run.id);
    return ending === undefined ? run : { ...run, ...ending.changes, owner: null };
  };

  return {
    seen,
    settle: (run, ending) => {
      try {
        const written = ending.write();
        held.delete(run.id);
        return written;
      } catch (error) {
        if (!isOfTheDisk(error)) throw error;
        // A run that ended well says why nobody finds it in the library.
        const changes = {
          ...ending.changes,
          error: ending.changes.error ?? toErrorDocument(error),
        };
        held.set(run.id, { ...ending, changes });
        const now = seen(latest(run));
        onChange(now);
        return now;
      }
    },
    retry: () => {
      for (const [id, ending] of [...held]) attempt(id, ending);
    },
    forget: (id) => void held.delete(id),
    requireWritten: (id) => {
      const ending = held.get(id);
      const problem = ending === undefined ? undefined : attempt(id, ending);
      if (problem !== undefined) throw problem;
    },
  };
}

/** Something that may pass: neither a wish that makes no sense nor a defect. */
function isOfTheDisk(error: unknown): error is AppError {
  if (!(error instanceof AppError)) return false;
  return error.fault === 'failure' || error.code === 'library-no-rights';
}
