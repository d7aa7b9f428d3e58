// A small picture of colour numbers as a PNG, without compression: heat maps have few cells, and this
// runs anywhere. Pure. PNG 1.2 (W3C), zlib "stored" blocks (RFC 1950, 1951).

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

/** @param pixels bytes red, green, blue, alpha, row-major from the top */
export function rgbaPng(pixels: Uint8Array, width: number, height: number): Uint8Array {
  const raw = new Uint8Array(height * (width * 4 + 1));
  for (let row = 0; row < height; row++) {
    // Each row begins with its filter: 0, none.
    raw.set(pixels.subarray(row * width * 4, (row + 1) * width * 4), row * (width * 4 + 1) + 1);
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 6, 0, 0, 0], 8);
  return joined([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header),
    chunk('IDAT', stored(raw)),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

export function pngAddress(png: Uint8Array): string {
  return `data:image/png;base64,${base64(png)}`;
}

function chunk(name: string, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, body.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = name.charCodeAt(i);
  bytes.set(body, 8);
  let crc = 0xffffffff;
  for (let i = 4; i < 8 + body.length; i++) {
    crc = (crcTable[(crc ^ (bytes[i] ?? 0)) & 255] ?? 0) ^ (crc >>> 8);
  }
  view.setUint32(8 + body.length, (crc ^ 0xffffffff) >>> 0);
  return bytes;
}

const blockBytes = 65_535;

function stored(raw: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x78, 0x01)];
  for (let at = 0; at < raw.length || at === 0; at += blockBytes) {
    const block = raw.subarray(at, at + blockBytes);
    const isLast = at + blockBytes >= raw.length ? 1 : 0;
    const size = block.length;
    parts.push(
      Uint8Array.of(isLast, size & 255, size >> 8, ~size & 255, (~size >> 8) & 255),
      block,
    );
  }
  let a = 1;
  let b = 0;
  for (const byte of raw) {
    a = (a + byte) % 65_521;
    b = (b + a) % 65_521;
  }
  parts.push(Uint8Array.of(b >> 8, b & 255, a >> 8, a & 255));
  return joined(parts);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The bytes that `base64` has written. */
export function bytesOfBase64(text: string): Uint8Array {
  const digits = text.replace(/=+$/, '');
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let [bits, held, at] = [0, 0, 0];
  for (const letter of digits) {
    bits = ((bits << 6) | Math.max(0, letters.indexOf(letter))) & 0xffffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[at++] = (bits >> held) & 255;
  }
  return bytes;
}

export function base64(bytes: Uint8Array): string {
  const out: string[] = [];
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b, c] = bytes.subarray(i, i + 3);
    out.push(letters[a >> 2] ?? '', letters[((a & 3) << 4) | ((b ?? 0) >> 4)] ?? '');
    out.push(b === undefined ? '=' : (letters[((b & 15) << 2) | ((c ?? 0) >> 6)] ?? ''));
    out.push(c === undefined ? '=' : (letters[c & 63] ?? ''));
  }
  return out.join('');
}
