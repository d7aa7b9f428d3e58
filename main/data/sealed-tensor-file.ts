// Checkpoints carry a seal: the SHA-256 of the whole file, taken while the seal itself was zeros. So a
// file tells by itself that nothing in it has changed, also where the library has no record of it: a
// process may be killed after a checkpoint is in place and before that is written down.
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { failure } from '../../shared/errors.ts';
import { tensorFileParts, type TensorPart } from '../../shared/safetensors.ts';
import { isSystemError, readError } from './file-errors.ts';
import { openTensorFile, readFully, type TensorFile } from './tensor-file.ts';

const SEAL_KEY = 'resnet-lab-seal';
const BLANK = '0'.repeat(64);

export interface SealedParts {
  /** To be written one after the other. */
  readonly parts: readonly Uint8Array[];
  readonly sizeBytes: number;
  /** Of the file as it is written. */
  readonly sha256: string;
}

/** A safetensors file with a seal in its metadata. */
export function sealedTensorFile(
  tensors: readonly TensorPart[],
  metadata: Readonly<Record<string, string>>,
): SealedParts {
  const parts = tensorFileParts(tensors, { ...metadata, [SEAL_KEY]: BLANK });
  const [header] = parts;
  if (header === undefined) throw new Error('A tensor file has a header.');
  const seal = sha256Of(parts);
  header.set(Buffer.from(seal, 'latin1'), sealOffset(header, BLANK));
  const sizeBytes = parts.reduce((sum, bytes) => sum + bytes.byteLength, 0);
  return { parts, sizeBytes, sha256: sha256Of(parts) };
}

/** How it is known that a file is what was written. */
export type Proof =
  | 'record'
  | 'seal'
  /** It has no seal and nobody recorded its SHA-256: nothing is known. */
  | 'none';

/**
 * Reads the whole file once, or twice if the record does not fit.
 * @throws failure `damaged-checkpoint`; inputError if it is no tensor file or can't be read
 */
export async function proveIntact(file: string, recorded: string | undefined): Promise<Proof> {
  if (recorded !== undefined && (await hashFile(file)) === recorded) return 'record';
  const source = await openTensorFile(file);
  let seal: string | undefined;
  let offset = 0;
  try {
    seal = source.metadata[SEAL_KEY];
    if (seal !== undefined && /^[0-9a-f]{64}$/.test(seal)) {
      const header = new Uint8Array(source.dataOffset);
      await readFully(source.handle, 0, header, file);
      offset = sealOffset(header, seal);
    } else if (seal !== undefined) throw damaged(file);
  } finally {
    await source.close();
  }
  if (seal === undefined) {
    if (recorded === undefined) return 'none';
    throw damaged(file);
  }
  if ((await hashFile(file, offset)) !== seal) throw damaged(file);
  return 'seal';
}

/** Files that this process has found intact, as they were then. */
const proven = new Map<string, string>();

/**
 * Opens a file after it was found intact, so that nothing of a damaged one is ever used. A file that has
 * not changed since is not read again.
 * @throws as `proveIntact`
 */
export async function openIntact(file: string, recorded?: string): Promise<TensorFile> {
  const mark = await markOf(file);
  if (mark === undefined || proven.get(file) !== mark) {
    await proveIntact(file, recorded);
    if (mark !== undefined) proven.set(file, mark);
  }
  return await openTensorFile(file);
}

async function markOf(file: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(file);
    return [ino, size, mtimeMs, ctimeMs].join(' ');
  } catch {
    // Opening it says what is wrong.
    return undefined;
  }
}

/** Where the seal's digits are in the header. */
function sealOffset(header: Uint8Array, seal: string): number {
  const before = `"${SEAL_KEY}":"`;
  const at = Buffer.from(header.buffer, header.byteOffset, header.byteLength).indexOf(
    `${before}${seal}"`,
  );
  if (at < 0) throw new Error('The header does not hold its own seal.');
  return at + before.length;
}

function sha256Of(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const bytes of parts) hash.update(bytes);
  return hash.digest('hex');
}

/** SHA-256 of a file, with zeros in place of the seal at `sealAt` if there is one. */
export async function hashFile(file: string, sealAt?: number): Promise<string> {
  const hash = createHash('sha256');
  let position = 0;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
      const bytes = chunk as Buffer;
      if (sealAt !== undefined) blankSeal(bytes, sealAt - position);
      hash.update(bytes);
      position += bytes.byteLength;
    }
  } catch (error) {
    throw isSystemError(error) ? readError(error, file, 'file') : error;
  }
  return hash.digest('hex');
}

/** `from` may lie before the chunk or after it. */
function blankSeal(chunk: Buffer, from: number): void {
  const start = Math.max(0, from);
  const end = Math.min(chunk.byteLength, from + BLANK.length);
  if (start < end) chunk.fill(0x30, start, end);
}

function damaged(file: string): Error {
  return failure(
    'damaged-checkpoint',
    `${file} is damaged: it is not what was written, as its SHA-256 shows. Take another checkpoint of the run, or a copy of this file.`,
    { path: file },
  );
}
