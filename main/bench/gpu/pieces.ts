// A stream of bytes as files of at most so many bytes, with their SHA-256: what can be carried over a narrow way
// and checked on the other side with `sha256sum -c`.
import { createHash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

export interface Piece {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export async function writePieces(
  stream: AsyncIterable<Uint8Array>,
  { folder, name, limitBytes }: { folder: string; name: string; limitBytes: number },
): Promise<Piece[]> {
  const pieces: Piece[] = [];
  let current: { name: string; file: FileHandle; hash: Hash; sizeBytes: number } | undefined;
  const finish = async (): Promise<void> => {
    if (current === undefined) return;
    await current.file.close();
    const { name: own, sizeBytes, hash } = current;
    pieces.push({ name: own, sizeBytes, sha256: hash.digest('hex') });
    current = undefined;
  };
  try {
    for await (const chunk of stream) {
      for (let start = 0; start < chunk.length;) {
        if (current === undefined) {
          const own = `${name}.${String(pieces.length).padStart(3, '0')}`;
          const file = await open(path.join(folder, own), 'w');
          current = { name: own, file, hash: createHash('sha256'), sizeBytes: 0 };
        }
        const part = chunk.subarray(start, start + limitBytes - current.sizeBytes);
        await current.file.writeFile(part);
        current.hash.update(part);
        current.sizeBytes += part.length;
        start += part.length;
        if (current.sizeBytes === limitBytes) await finish();
      }
    }
    await finish();
  } finally {
    await current?.file.close();
  }
  return pieces;
}

/** As `sha256sum -c` reads it. */
export function sumsOf(pieces: readonly Piece[]): string {
  return pieces.map(({ sha256, name }) => `${sha256}  ${name}\n`).join('');
}
