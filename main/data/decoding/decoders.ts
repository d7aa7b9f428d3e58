// Who decodes: processes of their own where the program is bundled. Tests run the sources, which no
// process can be started from; they decode here, with the same function.
import os from 'node:os';
import type { Fitting } from '../image-decoder.ts';
import { decodeFile } from './decode-batch.ts';
import { openDecoderPool, type Decoders } from './decoder-pool.ts';

const MOST_PROCESSES = 16;
/** An image costs about as much as starting a process when there are so many for each. */
const WORTH_A_PROCESS = 64;

export interface DecodersOptions {
  readonly fitting: Fitting;
  /** How many images there are to decode. */
  readonly count: number;
  /** The bundled decoder; see `helperProgram`. */
  readonly program: string | undefined;
}

export function openDecoders({ fitting, count, program }: DecodersOptions): Decoders {
  if (program === undefined) return decodersHere(fitting);
  const processes = Math.min(
    os.availableParallelism(),
    MOST_PROCESSES,
    Math.max(1, Math.ceil(count / WORTH_A_PROCESS)),
  );
  return openDecoderPool({ program, fitting, processes });
}

function decodersHere(fitting: Fitting): Decoders {
  return {
    maxParallelBatches: 2,
    decode: (files) => Promise.all(files.map((file) => decodeFile(file, fitting))),
    close: () => undefined,
  };
}
