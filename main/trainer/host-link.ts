// What the trainer and its host say to each other, seen from the trainer: both directions validated.
// When the host goes away the trainer ends; its last checkpoint stands.
import { failure } from '../../shared/errors.ts';
import {
  FromTrainer,
  ToTrainer,
  type Job,
  type PreviewRequest,
  type RuntimePlace,
} from '../../shared/contract/trainer.ts';
import { openHostWire } from './host-wire.ts';

export interface HostLink {
  /** Resolves with the job when the host sends it. */
  start(): Promise<{ runtime: RuntimePlace; job: Job }>;
  send(message: FromTrainer): Promise<void>;
  /** Sends points and resolves once the host has stored them. */
  savePoints(series: Extract<FromTrainer, { kind: 'points' }>['series']): Promise<void>;
  /** True once the host asked to stop. */
  readonly stopRequested: boolean;
  /** The next one that the host sends, or has sent; undefined once it asked to stop. */
  nextPreview(): Promise<PreviewRequest | undefined>;
  close(): void;
}

export function connectToHost(): HostLink {
  const wire = openHostWire();
  if (wire === undefined) {
    throw failure(
      'no-host',
      'The trainer is started by ResNet Lab itself; run `resnet-lab train` instead.',
    );
  }
  let stopRequested = false;
  let nextBatch = 0;
  const waiting = new Map<number, () => void>();
  const previews: PreviewRequest[] = [];
  let wake: (() => void) | undefined;
  let begin: ((message: Extract<ToTrainer, { kind: 'start' }>) => void) | undefined;
  const started = new Promise<Extract<ToTrainer, { kind: 'start' }>>((resolve) => {
    begin = resolve;
  });

  wire.onMessage((raw) => {
    const message = ToTrainer.parse(raw);
    switch (message.kind) {
      case 'start':
        begin?.(message);
        return;
      case 'stop':
        stopRequested = true;
        wake?.();
        return;
      case 'preview':
        previews.push(message.request);
        wake?.();
        return;
      case 'saved':
        waiting.get(message.batch)?.();
        waiting.delete(message.batch);
        return;
    }
  });
  wire.onLost(() => process.exit(3));

  const send = (message: FromTrainer): Promise<void> => wire.post(FromTrainer.parse(message));

  return {
    start: async () => {
      const { runtime, job } = await started;
      return { runtime, job };
    },
    send,
    savePoints: async (series) => {
      const batch = nextBatch++;
      const saved = new Promise<void>((resolve) => waiting.set(batch, resolve));
      await send({ kind: 'points', batch, series });
      await saved;
    },
    get stopRequested() {
      return stopRequested;
    },
    nextPreview: async () => {
      while (!stopRequested) {
        const request = previews.shift();
        if (request !== undefined) return request;
        await new Promise<void>((resolve) => (wake = resolve));
      }
      return undefined;
    },
    close: () => wire.close(),
  };
}
