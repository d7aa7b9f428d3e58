// A client's end of a wire without the client: sends frames or any bytes, and gives what comes back.
import { ServerFrame, decodeFrame, encodeFrame, hello, type ClientFrame } from '../frames.ts';
import type { Wire, WireDown, WireMessage } from '../wire.ts';
import { EXAMPLE_VERSION } from './example-service.ts';

const limitBytes = 64 * 1024 * 1024;

export interface RawEnd {
  send(frame: ClientFrame): void;
  sendBytes(bytes: WireMessage): void;
  /** The next frame that was not asked for yet. */
  next(): Promise<ServerFrame>;
  readonly down: Promise<WireDown>;
  close(): void;
}

/** Resolves when the wire is open. With `greets`, both have said hello. */
export async function openRaw(wire: Wire, { greets = true } = {}): Promise<RawEnd> {
  const received: ServerFrame[] = [];
  const waiting: ((frame: ServerFrame) => void)[] = [];
  let settleDown: (down: WireDown) => void = () => undefined;
  const down = new Promise<WireDown>((resolve) => (settleDown = resolve));
  const end: RawEnd = {
    send: (frame) => wire.send(encodeFrame(frame, limitBytes)),
    sendBytes: (bytes) => wire.send(bytes),
    next: () => {
      const frame = received.shift();
      return frame === undefined
        ? new Promise((resolve) => waiting.push(resolve))
        : Promise.resolve(frame);
    },
    down,
    close: () => wire.close(),
  };
  await new Promise<void>((resolve) => {
    wire.attach({
      onOpen: resolve,
      onMessage: (message) => {
        const frame = decodeFrame(ServerFrame, message, limitBytes);
        const first = waiting.shift();
        if (first === undefined) received.push(frame);
        else first(frame);
      },
      onDown: settleDown,
    });
  });
  if (greets) {
    end.send(hello(EXAMPLE_VERSION));
    await end.next();
  }
  return end;
}
