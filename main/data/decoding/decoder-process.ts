// One decoder process as its owner sees it: what it can be asked, and how it ended.
import { createClient, type Client } from '../../../shared/rpc/client.ts';
import { processWire } from '../../../shared/rpc/process-wire.ts';
import { startHelper } from '../../system/helper-process.ts';
import {
  DECODER_LIMIT_BYTES,
  DECODER_VERSION,
  decoderContract,
  type DecoderContract,
} from './decoder-contract.ts';

export interface DecoderProcess {
  readonly client: Client<DecoderContract>;
  /** Resolves after the last answer. */
  readonly ended: Promise<DecoderEnd>;
  kill(): void;
}

export interface DecoderEnd {
  /** `SIGSEGV`, or `exit code 1`. */
  readonly how: string;
  /** The last error on its standard error, or nothing. */
  readonly lastWords: string;
}

const KEPT_OUTPUT = 4000;

export function startDecoder(program: string): DecoderProcess {
  const { child, ended } = startHelper(program, {
    // Its threads decode a file each; more of them only compete with other processes.
    env: { UV_THREADPOOL_SIZE: '2' },
    hasErrorOutput: true,
  });
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-KEPT_OUTPUT);
  });
  return {
    client: createClient(decoderContract, processWire(child), {
      version: DECODER_VERSION,
      limitBytes: DECODER_LIMIT_BYTES,
    }),
    ended: ended.then((how) => ({ how, lastWords: lastWordsOf(output) })),
    kill: () => void child.kill('SIGKILL'),
  };
}

/** Node prints the stack and its own version after the sentence. */
function lastWordsOf(output: string): string {
  const lines = output.trim().split('\n');
  return (lines.findLast((line) => /error|panic/i.test(line)) ?? lines.at(-1) ?? '').trim();
}
