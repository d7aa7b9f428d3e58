// A decoder process: started by path (decoder-pool.ts), decodes what it is told, batch after batch, and
// ends with its owner. A file that crashes the image library takes this process with it and no other.
import { failure, toErrorDocument } from '../../../shared/errors.ts';
import { loadDecoder } from '../image-decoder.ts';
import { decodeBatch } from './decode-batch.ts';
import { ToDecoder, type FromDecoder } from './messages.ts';

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
const post = process.send.bind(process);

function send(message: FromDecoder): void {
  // It fails only when the owner is gone, which ends this process.
  post(message, undefined, undefined, () => undefined);
}

/** One batch after the other: so a crash tells which one it was. */
let turn = loadDecoder().then(() => send({ kind: 'ready' }));
turn.catch(report);

process.on('message', (raw) => {
  turn = turn.then(async () => send(await answerTo(ToDecoder.parse(raw))));
  turn.catch(report);
});

async function answerTo(asked: ToDecoder): Promise<FromDecoder> {
  if (asked.kind === 'batch') return decodeBatch(asked);
  const { readLeaf } = await import('../parquet/read-leaf.ts');
  const values = await readLeaf(asked.place);
  return 'reason' in values
    ? { kind: 'leaf', values: [], reason: values.reason }
    : { kind: 'leaf', values: [...values] };
}

function report(error: unknown): void {
  send({ kind: 'failed', error: { ...toErrorDocument(error) } });
}
