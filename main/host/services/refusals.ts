// The answer to what was asked of several runs: those that refused, with the reason.
import { throwIfSingle, type Refusal } from '../scheduling/on-each.ts';
import type { LibraryWatch } from './library-watch.ts';

/** Answers once whoever listens has heard of the runs that did what was asked. */
export function answerWithRefusals(watch: LibraryWatch) {
  return (
    asked: readonly unknown[],
    refused: readonly Refusal[],
  ): Promise<{ failed: Refusal[] }> => {
    watch.look();
    throwIfSingle(asked.length, refused);
    return Promise.resolve({ failed: [...refused] });
  };
}
