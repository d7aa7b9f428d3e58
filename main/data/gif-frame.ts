// The first picture of a GIF as RGBA bytes of the whole screen; what the picture leaves free is black.
// Our own because the image library does not read GIF and the small readers there are print warnings on
// stdout and trust the sizes in the file. Expects a file whose blocks are known to be complete.

/** Throws an Error that says what is wrong. */
export function firstGifFrame(file: Buffer): Uint8Array {
  const screen = { width: file.readUInt16LE(6), height: file.readUInt16LE(8) };
  const flags = file.readUInt8(10);
  const globalBytes = (flags & 0x80) === 0 ? 0 : 3 << ((flags & 7) + 1);
  let at = 13 + globalBytes;
  let transparent = -1;
  while (file.readUInt8(at) === 0x21) {
    // The graphic control extension names the transparent colour of the picture that follows.
    if (file.readUInt8(at + 1) === 0xf9 && (file.readUInt8(at + 3) & 1) === 1) {
      transparent = file.readUInt8(at + 6);
    }
    at = endOfSubBlocks(file, at + 2);
  }
  const frame = {
    left: file.readUInt16LE(at + 1),
    top: file.readUInt16LE(at + 3),
    width: file.readUInt16LE(at + 5),
    height: file.readUInt16LE(at + 7),
  };
  const frameFlags = file.readUInt8(at + 9);
  const localBytes = (frameFlags & 0x80) === 0 ? 0 : 3 << ((frameFlags & 7) + 1);
  const palette =
    localBytes > 0
      ? file.subarray(at + 10, at + 10 + localBytes)
      : file.subarray(13, 13 + globalBytes);
  if (frame.left + frame.width > screen.width || frame.top + frame.height > screen.height) {
    throw new Error('its picture is larger than its screen');
  }
  const data = at + 10 + localBytes;
  const indices = unpackLzw(
    joinSubBlocks(file, data + 1),
    file.readUInt8(data),
    frame.width * frame.height,
  );
  const pixels = new Uint8Array(screen.width * screen.height * 4);
  const rows = (frameFlags & 0x40) === 0 ? undefined : interlacedRows(frame.height);
  for (let row = 0; row < frame.height; row++) {
    const y = frame.top + (rows?.[row] ?? row);
    for (let x = 0; x < frame.width; x++) {
      const index = indices[row * frame.width + x] ?? 0;
      if (index === transparent) continue;
      const to = (y * screen.width + frame.left + x) * 4;
      for (let c = 0; c < 3; c++) pixels[to + c] = palette[index * 3 + c] ?? 0;
      pixels[to + 3] = 255;
    }
  }
  return pixels;
}

function endOfSubBlocks(file: Buffer, start: number): number {
  let at = start;
  for (let length = file.readUInt8(at); length > 0; length = file.readUInt8(at)) at += 1 + length;
  return at + 1;
}

function joinSubBlocks(file: Buffer, start: number): Buffer {
  const parts: Buffer[] = [];
  let at = start;
  for (let length = file.readUInt8(at); length > 0; length = file.readUInt8(at)) {
    parts.push(file.subarray(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return Buffer.concat(parts);
}

/** GIF's LZW: codes grow from `minimum` + 1 to 12 bits, least significant bit first. */
function unpackLzw(bytes: Buffer, minimum: number, count: number): Uint8Array {
  if (minimum < 1 || minimum > 8) throw new Error('its code size is wrong');
  const clear = 1 << minimum;
  const prefix = new Uint16Array(4096);
  const suffix = new Uint8Array(4096);
  const lengths = new Uint16Array(4096).fill(1, 0, clear);
  for (let i = 0; i < clear; i++) suffix[i] = i;
  const output = new Uint8Array(count);
  let filled = 0;
  let width = minimum + 1;
  let next = clear + 2;
  let previous = -1;
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held |= byte << bits;
    bits += 8;
    while (bits >= width) {
      const code = held & ((1 << width) - 1);
      held >>>= width;
      bits -= width;
      if (code === clear) {
        width = minimum + 1;
        next = clear + 2;
        previous = -1;
        continue;
      }
      if (code === clear + 1 || filled >= count) return complete(output, filled);
      if (code > next || (code === next && previous < 0)) throw new Error('its data is damaged');
      if (previous >= 0 && next < 4096) {
        // The code that is being defined may be the one that is read: then it ends as it begins.
        prefix[next] = previous;
        suffix[next] = firstOf(code === next ? previous : code, prefix, suffix, clear);
        lengths[next] = (lengths[previous] ?? 0) + 1;
        next++;
        if (next === 1 << width && width < 12) width++;
      }
      const length = lengths[code] ?? 0;
      let link = code;
      for (let i = length - 1; i >= 0; i--) {
        if (filled + i < count) output[filled + i] = suffix[link] ?? 0;
        link = prefix[link] ?? 0;
      }
      filled += length;
      previous = code;
    }
  }
  return complete(output, filled);
}

function firstOf(code: number, prefix: Uint16Array, suffix: Uint8Array, clear: number): number {
  let at = code;
  while (at >= clear) at = prefix[at] ?? 0;
  return suffix[at] ?? 0;
}

function complete(output: Uint8Array, filled: number): Uint8Array {
  if (filled < output.length) throw new Error('it ends before the last row of pixels');
  return output;
}

/** Every 8th row, every 8th from 4, every 4th from 2, every 2nd from 1. */
function interlacedRows(height: number): number[] {
  const rows: number[] = [];
  for (const [first, step] of [
    [0, 8],
    [4, 8],
    [2, 4],
    [1, 2],
  ] as const) {
    for (let row = first; row < height; row += step) rows.push(row);
  }
  return rows;
}
