// A decoder process: started by path (decoder-pool.ts), decodes what it is asked, batch after batch, and
// ends with its owner. A file that crashes the image library takes this process with it and no other.
import { failure } from '../../../shared/errors.ts';
import { processWire, type ProcessEnd } from '../../../shared/rpc/process-wire.ts';
import { serveContract } from '../../../shared/rpc/server.ts';
import { loadDecoder } from '../image-decoder.ts';
import { decodeBatch } from './decode-batch.ts';
import { DECODER_LIMIT_BYTES, DECODER_VERSION, decoderContract } from './decoder-contract.ts';

process.on('unhandledRejection', (reason) => {
  throw reason;
});
// Ctrl-C reaches every process of a terminal; the owner decides what it means.
process.on('SIGINT', () => undefined);
// Its owner is gone. Not `process.exit`, which waits for pictures that are being decoded.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

if (process.send === undefined) {
  throw failure('no-owner', 'Decoders are started by ResNet Lab itself.');
}

serveContract(
  decoderContract,
  {
    load: async () => {
      await loadDecoder();
      return {};
    },
    decode: decodeBatch,
    leaf: async (place) => {
      const { readLeaf } = await import('../parquet/read-leaf.ts');
      const values = await readLeaf(place);
      return 'reason' in values ? { values: [], reason: values.reason } : { values: [...values] };
    },
  },
  processWire(process as unknown as ProcessEnd),
  {
    version: DECODER_VERSION,
    limitBytes: DECODER_LIMIT_BYTES,
    maxParallelCalls: 1,
    // The answer says it.
    onInternalError: () => undefined,
  },
);
