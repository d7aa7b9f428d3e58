// Reads columns of Parquet files in a decoder process, where that program is bundled, so that a file made to
// exhaust memory costs its rows and not the host. Unbundled sources (tests) read here, with the same function.
import { startDecoder, type DecoderProcess } from '../decoding/decoder-process.ts';
import type { FromDecoder } from '../decoding/messages.ts';
import type { Unreadable } from '../image-file.ts';
import { readLeaf, type LeafPlace, type LeafValue } from './read-leaf.ts';

export interface LeafReader {
  /** One after the other. */
  read(place: LeafPlace): Promise<readonly LeafValue[] | Unreadable>;
  close(): void;
}

/** Without an answer for so long, a group is given up: its file may be made to loop. */
const ANSWER_MS = 120_000;

export function openLeafReader(program: string | undefined): LeafReader {
  if (program === undefined) return { read: readLeaf, close: () => undefined };
  let running: DecoderProcess | undefined;
  let answer: ((values: readonly LeafValue[] | Unreadable) => void) | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const finish = (values: readonly LeafValue[] | Unreadable): void => {
    const waiting = answer;
    answer = undefined;
    waiting?.(values);
  };
  const onMessage = (message: FromDecoder): void => {
    if (message.kind === 'leaf')
      finish(message.reason === undefined ? message.values : { reason: message.reason });
    else if (message.kind === 'failed')
      finish({ reason: `cannot be read: ${message.error.message}` });
  };
  const ask = (place: LeafPlace): Promise<readonly LeafValue[] | Unreadable> =>
    new Promise((resolve) => {
      const late = setTimeout(() => {
        finish({ reason: 'takes more than two minutes to read and was given up' });
        running?.kill();
      }, ANSWER_MS);
      answer = (values) => {
        clearTimeout(late);
        resolve(values);
      };
      running ??= startDecoder(program, {
        onMessage,
        onEnd: ({ how }) => {
          running = undefined;
          finish({ reason: `crashes the reader (${how})` });
        },
      });
      running.send({ kind: 'leaf', place: { ...place, leaf: [...place.leaf] } });
    });
  return {
    read: (place) => {
      const next = turn.then(() => ask(place));
      turn = next;
      return next;
    },
    close: () => running?.kill(),
  };
}
