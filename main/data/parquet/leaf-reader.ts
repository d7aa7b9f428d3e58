// Reads columns of Parquet files in a decoder process, where that program is bundled, so that a file made to
// exhaust memory costs its rows and not the host. Unbundled sources (tests) read here, with the same function.
import { messageOf } from '../../../shared/errors.ts';
import { isOfConnection } from '../../../shared/rpc/error-sentences.ts';
import { startDecoder, type DecoderProcess } from '../decoding/decoder-process.ts';
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
  return new ProcessLeafReader(program);
}

class ProcessLeafReader implements LeafReader {
  readonly #program: string;
  #running: DecoderProcess | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(program: string) {
    this.#program = program;
  }

  read(place: LeafPlace): Promise<readonly LeafValue[] | Unreadable> {
    const next = this.#turn.then(() => this.#ask(place));
    this.#turn = next;
    return next;
  }

  close(): void {
    this.#running?.kill();
  }

  async #ask(place: LeafPlace): Promise<readonly LeafValue[] | Unreadable> {
    const running = (this.#running ??= startDecoder(this.#program));
    const signal = AbortSignal.timeout(ANSWER_MS);
    try {
      const asked = { ...place, leaf: [...place.leaf] };
      const { values, reason } = await running.client.call('leaf', asked, { signal });
      return reason === undefined ? values : { reason };
    } catch (error) {
      if (!signal.aborted && !isOfConnection(error)) {
        return { reason: `cannot be read: ${messageOf(error)}` };
      }
      this.#running = undefined;
      running.kill();
      const { how } = await running.ended;
      if (!signal.aborted) return { reason: `crashes the reader (${how})` };
      return { reason: 'takes more than two minutes to read and was given up' };
    }
  }
}
