// Archives made byte by byte for tests: also ones that no program would write.
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipPart {
  readonly name: string | Buffer;
  readonly bytes?: Uint8Array | string;
  /** Stored as it is; else deflated. */
  readonly isStored?: boolean;
  /** What the headers say instead of the truth. */
  readonly says?: {
    readonly flags?: number;
    readonly method?: number;
    readonly sizeBytes?: number;
    readonly packedBytes?: number;
    readonly crc32?: number;
    /** Unix, such as 0o120777 of a symbolic link. */
    readonly mode?: number;
  };
  /** Only in the local header, where other programs put times. */
  readonly localExtra?: Buffer;
}

export function zipOf(parts: readonly ZipPart[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes = '', isStored = false, says = {}, localExtra } of parts) {
    const nameBytes = Buffer.from(name);
    const plain = Buffer.from(bytes);
    const packed = isStored ? plain : deflateRawSync(plain);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(says.flags ?? 0x800, 2);
    shared.writeUInt16LE(says.method ?? (isStored ? 0 : 8), 4);
    shared.writeUInt32LE(says.crc32 ?? crc32(plain), 10);
    shared.writeUInt32LE(says.packedBytes ?? packed.length, 14);
    shared.writeUInt32LE(says.sizeBytes ?? plain.length, 18);
    shared.writeUInt16LE(nameBytes.length, 22);
    const local = Buffer.from(shared);
    local.writeUInt16LE(localExtra?.length ?? 0, 24);
    bodies.push(Buffer.from('PK\x03\x04'), local, nameBytes, localExtra ?? Buffer.alloc(0), packed);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(((says.mode ?? 0o100644) << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x03'), shared, rest, nameBytes);
    offset += 30 + nameBytes.length + (localExtra?.length ?? 0) + packed.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, list, end]);
}

export interface TarPart {
  readonly name: string | Buffer;
  readonly bytes?: Uint8Array | string;
  /** '0' a file, '1' hard link, '2' symbolic link, '3' device, '5' folder, 'x' PAX, 'L' long name … */
  readonly type?: string;
  readonly link?: string;
  /** What the header says instead of the truth. */
  readonly sizeBytes?: number;
  /** Before ustar. */
  readonly isOld?: boolean;
}

export function tarOf(parts: readonly TarPart[], end = 1024): Buffer {
  const blocks = parts.flatMap(({ name, bytes = '', type = '0', ...rest }) => {
    const content = Buffer.from(bytes);
    const header = Buffer.alloc(512);
    Buffer.from(name).copy(header, 0, 0, 100);
    header.write('0000644\0', 100, 'latin1');
    const sizeBytes = rest.sizeBytes ?? content.length;
    if (sizeBytes < 8 ** 11) header.write(sizeBytes.toString(8).padStart(11, '0'), 124, 'latin1');
    else header.writeBigUInt64BE(BigInt(sizeBytes), 128).toFixed();
    if (sizeBytes >= 8 ** 11) header[124] = 0x80;
    header.write(type, 156, 'latin1');
    header.write(rest.link ?? '', 157);
    if (rest.isOld !== true) header.write('ustar\x0000', 257, 'latin1');
    const sum = header.reduce((total, byte) => total + byte, 8 * 0x20);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(end)]);
}

/** The content of a PAX header. */
export function paxOf(records: Readonly<Record<string, string>>): Buffer {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    const guess = rest + String(rest).length;
    return `${rest + String(guess).length} ${key}=${value}\n`;
  });
  return Buffer.from(lines.join(''));
}
