// Safetensors on disk: opens a file, validates its header and reads tensors or byte ranges of them
// without holding the rest. The format itself is in shared/safetensors.
import { open, type FileHandle } from 'node:fs/promises';
import { AppError, inputError } from '../../shared/errors.ts';
import {
  HEADER_PREFIX_BYTES,
  getTensor,
  headerLength,
  parseHeader,
  type TensorEntry,
  type TensorFileHeader,
} from '../../shared/safetensors.ts';
import { isSystemError, readError } from './file-errors.ts';
import { requireUserFile } from './user-file.ts';

export interface TensorFile extends TensorFileHeader {
  readonly path: string;
  /** For positional reads by others; closed by `close`. */
  readonly handle: FileHandle;
  getTensor(name: string): TensorEntry;
  readTensor(name: string): Promise<Uint8Array>;
  /** Fills `into` from byte `offset` of the tensor. */
  readInto(entry: TensorEntry, offset: number, into: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Node refuses single reads of 2 GiB or more. */
const MAX_READ_BYTES = 0x4000_0000;

export async function openTensorFile(path: string): Promise<TensorFile> {
  await requireUserFile(path, 'file');
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    throw readError(error, path, 'file');
  }
  try {
    return await withHandle(path, handle);
  } catch (error) {
    await handle.close();
    throw isSystemError(error) ? readError(error, path, 'file') : named(path, error);
  }
}

/** PyTorch's own files are programs that build tensors: zip archives since 1.6, plain pickles before. */
function refusePickle(path: string, start: Uint8Array): void {
  const [a, b, c, d] = start;
  const isZip = a === 0x50 && b === 0x4b && c === 3 && d === 4;
  const isPickle = a === 0x80 && b !== undefined && b >= 2 && b <= 5 && d !== 0;
  if (!isZip && !isPickle) return;
  throw inputError(
    'pickled-weights',
    `${path} is a PyTorch checkpoint, which is a program that could do anything and so is not opened here. Convert it where you trust it: python3 -c "import torch, safetensors.torch as s; t = torch.load('${path}', map_location='cpu', weights_only=True); s.save_file(t.get('state_dict', t), 'weights.safetensors')"`,
    { path },
  );
}

async function withHandle(path: string, handle: FileHandle): Promise<TensorFile> {
  const { size } = await handle.stat();
  const prefix = new Uint8Array(Math.min(HEADER_PREFIX_BYTES, size));
  await readFully(handle, 0, prefix, path);
  refusePickle(path, prefix);
  const json = new Uint8Array(headerLength(prefix, size));
  await readFully(handle, HEADER_PREFIX_BYTES, json, path);
  const header = parseHeader(json, size);
  const find = (name: string): TensorEntry => {
    try {
      return getTensor(header, name);
    } catch (error) {
      throw named(path, error);
    }
  };
  const readInto = (entry: TensorEntry, offset: number, into: Uint8Array): Promise<void> =>
    readFully(handle, entry.offset + offset, into, path);
  return {
    ...header,
    path,
    handle,
    getTensor: find,
    readTensor: async (name) => {
      const entry = find(name);
      const bytes = new Uint8Array(entry.sizeBytes);
      await readInto(entry, 0, bytes);
      return bytes;
    },
    readInto,
    close: () => handle.close(),
  };
}

/** Fills `into` from a position, however many reads it takes. */
export async function readFully(
  handle: FileHandle,
  position: number,
  into: Uint8Array,
  path: string,
): Promise<void> {
  let done = 0;
  while (done < into.byteLength) {
    const length = Math.min(into.byteLength - done, MAX_READ_BYTES);
    const { bytesRead } = await handle.read(into, done, length, position + done);
    if (bytesRead === 0) {
      throw readError(
        new Error(`it ended at byte ${position + done}, it became shorter while it was open`),
        path,
        'file',
      );
    }
    done += bytesRead;
  }
}

/** The same error with the file's name in front of the sentence. */
function named(path: string, error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  return new AppError(error.fault, error.code, `${path}: ${error.message}`, {
    details: error.details,
    ...(error.path === undefined ? { path } : { path: `${path}#${error.path}` }),
    cause: error,
  });
}
