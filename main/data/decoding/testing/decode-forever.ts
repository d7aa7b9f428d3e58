// An owner of decoders that never ends by itself: `decode-forever PROGRAM IMAGE`.
import { openDecoderPool } from '../decoder-pool.ts';

const [program = '', image = ''] = process.argv.slice(2);
const decoders = openDecoderPool({
  program,
  fitting: { shape: { height: 32, width: 32, channels: 3 }, policy: 'crop' },
  processes: 2,
});
const files = Array.from({ length: 16 }, () => ({ path: image }));
const decodeForever = async (): Promise<void> => {
  for (;;) await decoders.decode(files);
};
await Promise.all(Array.from({ length: decoders.maxParallelBatches }, decodeForever));
