// Memory that TensorFlow takes as it is. A dataset that lives in the session would otherwise be there twice
// while it is handed over: as an array and as TensorFlow's copy of it.

/** Of a page of WebAssembly's memory, which begins where pages of the system begin. */
const PAGE_BYTES = 65_536;

const adopted = new WeakSet<ArrayBufferLike>();

/**
 * Zeros at an address that TensorFlow's alignment of 64 bytes divides, which an ordinary array need not have.
 * A tensor made of them shares them: whoever fills them does it before, and never writes to them again.
 * @throws RangeError if the system has no such memory left
 */
export function adoptableBytes(length: number): Uint8Array {
  const pages = Math.max(1, Math.ceil(length / PAGE_BYTES));
  const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages });
  adopted.add(buffer);
  return new Uint8Array(buffer, 0, length);
}

export function isAdoptable({ buffer, byteOffset }: ArrayBufferView): boolean {
  return byteOffset === 0 && adopted.has(buffer);
}
