// Where a recorded op must run. Eager execution ignores it; the graph writes it as the node's device.

export type Placement = 'anywhere' | 'host';

let current: Placement = 'anywhere';

export function currentPlacement(): Placement {
  return current;
}

/**
 * Ops of `body` are pinned to the CPU in the graph. The input pipeline needs it: a dataset of uint8
 * stays in host memory and only the batch crosses to a GPU.
 */
export function onHost<T>(body: () => T): T {
  const previous = current;
  current = 'host';
  try {
    return body();
  } finally {
    current = previous;
  }
}
