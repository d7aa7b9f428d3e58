// What carries messages between two ends: bytes in order, whole, or not at all. A wire knows nothing
// of calls; calls know nothing of sockets and ports.
import type { AppError } from '../errors.ts';

/** Bytes on their way out: never shared memory, which sockets refuse. */
export type WireMessage = Uint8Array<ArrayBuffer>;

export interface WireEvents {
  /** It carries from now on. A reconnecting wire says so again after each loss. */
  onOpen(): void;
  onMessage(message: Uint8Array): void;
  /** The other end has taken what `isBehind` told of. */
  onTaken?(): void;
  /** It carries nothing any more; what was sent may be lost. */
  onDown(down: WireDown): void;
}

export interface WireDown {
  /** False if the wire tries to come back: `onOpen` follows. */
  readonly isFinal: boolean;
  /** Why, if more is known than that the other end is gone. */
  readonly error?: AppError;
}

export interface Wire {
  /** To be called once, in the turn in which the wire was made: nothing is kept for later. */
  attach(events: WireEvents): void;
  /** Takes the message over: it must not be changed afterwards. Does nothing while down. */
  send(message: WireMessage): void;
  /** The other end leaves what it was sent lying here, in memory. Wires that can't know have none. */
  isBehind?(): boolean;
  /** Ends the wire for both ends; no event follows on this one. `reason` is for the other's log. */
  close(reason?: string): void;
}
