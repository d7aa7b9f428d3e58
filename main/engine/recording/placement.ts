// Where a recorded op must run. Eager execution ignores it; the graph writes it as the node's device.

/** `replica 1` and up: that one of the devices of a step on several; the first is where all else is as well. */
export type Placement = 'anywhere' | 'host' | `replica ${number}`;

let isHost = false;
let replica = 0;

export function currentPlacement(): Placement {
  if (isHost) return 'host';
  return replica === 0 ? 'anywhere' : `replica ${replica}`;
}

/** The replica whose part of a step is being recorded, on the host or not. */
export function currentReplica(): number {
  return replica;
}

/**
 * Ops of `body` are pinned to the CPU in the graph. The input pipeline needs it: a dataset of uint8
 * stays in host memory and only the batch crosses to a GPU.
 */
export function onHost<T>(body: () => T): T {
  const previous = isHost;
  isHost = true;
  try {
    return body();
  } finally {
    isHost = previous;
  }
}

/** Ops of `body`, a backward pass inside it included, are pinned to the device of this replica. */
export function onReplica<T>(index: number, body: () => T): T {
  const previous = replica;
  replica = index;
  try {
    return body();
  } finally {
    replica = previous;
  }
}
