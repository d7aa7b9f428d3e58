// Queries that come together are answered from one transaction: a page that overlays fifty runs asks
// fifty times at once, and every transaction costs locks and a few calls to the file system.
import { messageOf } from '../../../shared/errors.ts';
import type { Library } from '../../store/library.ts';

/** Others wait for the library no longer than about this. */
const LONGEST_MS = 50;

interface Waiting {
  readonly answer: () => void;
  readonly refuse: (error: unknown) => void;
}

/** Answers in the order of asking. The query must not await. */
export type AskTogether = <T>(query: () => T) => Promise<T>;

export function askTogether(library: Pick<Library, 'snapshot'>): AskTogether {
  const waiting: Waiting[] = [];

  const answerAll = (): void => {
    const started = performance.now();
    let current: Waiting | undefined;
    try {
      library.snapshot(() => {
        do {
          current = waiting.shift();
          current?.answer();
        } while (waiting.length > 0 && performance.now() - started < LONGEST_MS);
      });
    } catch (error) {
      // The library can't be read, whoever asks; what has an answer keeps it.
      for (const { refuse } of [current, ...waiting.splice(0)].flatMap((one) => one ?? [])) {
        refuse(error);
      }
    }
    if (waiting.length > 0) setImmediate(answerAll);
  };

  return (query) =>
    new Promise((resolve, reject) => {
      const answer = (): void => {
        try {
          resolve(query());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(messageOf(error)));
        }
      };
      waiting.push({ answer, refuse: reject });
      if (waiting.length === 1) setImmediate(answerAll);
    });
}
