// Stands in for @napi-rs/image in a test's decoder: the same library, but some files crash it, and the
// test hears of every process that begins and, by its connection, that ends.
/* global IMAGE_LIBRARY */
import { createRequire } from 'node:module';
import net from 'node:net';

const library = createRequire(IMAGE_LIBRARY)(IMAGE_LIBRARY);

/** The end of a file that crashes. */
const DEADLY = 'crash the decoder';

const watcher = net.connect(Number(process.env.RESNET_LAB_TEST_WATCHER), '127.0.0.1');
watcher.write(String(process.pid));
// The test is over.
watcher.on('error', () => undefined);
watcher.unref();

export const { Orientation, ResizeFilterType, ResizeFit } = library;
export const Transformer = new Proxy(library.Transformer, {
  construct: (target, [bytes]) => {
    if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(DEADLY)) process.abort();
    return new target(bytes);
  },
});
