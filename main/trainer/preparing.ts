// Data progress as the host's `preparing` messages.
import type { DataProgress } from '../data/progress.ts';
import type { PreparingLink } from './host-link.ts';

const STAGE: Readonly<Record<DataProgress['stage'], string>> = {
  unpack: 'Inflating the archive, in MiB',
  list: 'Listing files',
  measure: 'Measuring images',
  decode: 'Decoding images',
  copy: 'Copying images into the cache',
  read: 'Reading the data cache',
  compare: 'Looking for duplicates',
};

export function reportPreparing(host: PreparingLink): (progress: DataProgress) => void {
  return ({ stage, done, total, imagesPerSecond }) => {
    const speed = imagesPerSecond > 0 ? `, ${Math.round(imagesPerSecond)} images/s` : '';
    const message =
      stage === 'list'
        ? `${STAGE[stage]}: ${done}`
        : `${STAGE[stage]}: ${done} of ${total}${speed}`;
    host
      .send({
        kind: 'preparing',
        message,
        ...(stage !== 'list' && total > 0 ? { fraction: Math.min(done / total, 1) } : {}),
      })
      .catch((error: unknown) => {
        console.error(error);
      });
  };
}
