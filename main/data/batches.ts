// Gives the rows of a training step as packed uint8, in the order's sequence, and reads the next step ahead,
// so that the disk works while a step is computed.
import type { Split } from './dataset.ts';
import type { Order } from './order.ts';

export interface Batch {
  readonly step: number;
  readonly indices: Int32Array;
  readonly labels: Int32Array;
  /** [batch, height, width, channels]; valid until the next `read`. */
  readonly pixels: Uint8Array;
}

export interface BatchReader {
  /** The batch of a step. Steps may jump (resume); only consecutive ones are read ahead. */
  read(step: number): Promise<Batch>;
  /** Waits for a read that is under way, so that the file can be closed. */
  close(): Promise<void>;
}

export function createBatchReader(split: Split, order: Order): BatchReader {
  const buffers = [0, 1].map(() => new Uint8Array(order.batch * split.rowBytes));
  let turn = 0;
  let ahead: { readonly step: number; readonly batch: Promise<Batch> } | undefined;

  const start = (step: number): Promise<Batch> => {
    const indices = order.indicesOf(step);
    const pixels = buffers[turn++ % buffers.length] ?? new Uint8Array(0);
    const labels = indices.map((index) => split.labels[index] ?? 0);
    return split.readRows(indices, pixels).then(() => ({ step, indices, labels, pixels }));
  };
  const settle = async (): Promise<void> => {
    const pending = ahead;
    ahead = undefined;
    // A failure of a batch that nobody asked for is not a failure.
    await pending?.batch.catch(() => undefined);
  };
  return {
    read: async (step) => {
      let batch: Batch;
      if (ahead?.step === step) {
        batch = await ahead.batch;
        ahead = undefined;
      } else {
        await settle();
        batch = await start(step);
      }
      const next = start(step + 1);
      // It is awaited by the next call; until then a failure must not count as unhandled.
      next.catch(() => undefined);
      ahead = { step: step + 1, batch: next };
      return batch;
    },
    close: settle,
  };
}
