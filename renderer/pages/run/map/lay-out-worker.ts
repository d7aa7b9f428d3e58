// Lays out a map beside the page, so that the page stays quick; ended to cancel it.
import { messageOf } from '../../../../shared/errors.ts';
import type { LayoutMessage, LayoutRequest } from './embedding.ts';
import { layOut } from './lay-out.ts';

const PROGRESS_EVERY_MS = 100;
let reportedAt = 0;

function post(message: LayoutMessage): void {
  self.postMessage(message);
}

self.addEventListener('message', ({ data }: MessageEvent<LayoutRequest>) => {
  try {
    const layout = layOut(data, (message, fraction) => {
      const now = performance.now();
      if (fraction !== undefined && fraction < 1 && now - reportedAt < PROGRESS_EVERY_MS) return;
      reportedAt = now;
      post({ kind: 'progress', message, ...(fraction === undefined ? {} : { fraction }) });
    });
    post({ kind: 'done', layout });
  } catch (error) {
    post({ kind: 'failed', message: messageOf(error) });
  }
});
