// A safetensors file as a source: `images` uint8 [N, H, W, C] and `labels` [N], or pairs for each split
// (`train_images`, `val_labels` …), and in the metadata optionally `classes`, a JSON list of names.
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { parseBoundedJson } from '../../shared/bounded-json.ts';
import { inputError } from '../../shared/errors.ts';
import { DTYPE_BYTES, type TensorEntry } from '../../shared/safetensors.ts';
import { arrayDataset } from './arrays/array-dataset.ts';
import { readBytes } from './arrays/byte-streams.ts';
import type { StoredArray } from './arrays/stored-array.ts';
import type { Source, SourceContent } from './source.ts';
import { openTensorFile } from './tensor-file.ts';

export async function openTensorSource(path: string): Promise<Source> {
  const { size, mtimeMs, ctimeMs } = await stat(path);
  return {
    name: basename(path).replace(/\.safetensors$/i, ''),
    key: { kind: 'tensors', path, size, mtimeMs, ctimeMs },
    read: () => readContent(path),
  };
}

async function readContent(path: string): Promise<SourceContent> {
  const file = await openTensorFile(path);
  await file.close();
  const arrays = [...file.tensors.values()].map((entry) => arrayOf(path, entry));
  const classNames = namesOf(path, file.metadata['classes']);
  return arrayDataset({
    path,
    kind: 'tensors',
    arrays,
    unread: [],
    classNames,
    mayStartLater: false,
  });
}

function arrayOf(
  path: string,
  { name, dtype, shape, offset, sizeBytes }: TensorEntry,
): StoredArray {
  const place = { path, name: `"${name}" in ${path}`, start: offset, length: sizeBytes } as const;
  return {
    ...{ name, dtype, shape, elementBytes: DTYPE_BYTES[dtype], isFortran: false },
    bytesFrom: (from) => readBytes({ ...place, packing: 'none' }, from),
  };
}

function namesOf(path: string, text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const names = parseNames(text);
  if (names !== undefined) return names;
  throw inputError(
    'bad-dataset-file',
    `${path}: the metadata "classes" must be a JSON list of names, such as ["cat","dog"].`,
    { path: `${path}#__metadata__.classes` },
  );
}

function parseNames(text: string): string[] | undefined {
  try {
    const value: unknown = parseBoundedJson(text);
    return Array.isArray(value) && value.every((name) => typeof name === 'string')
      ? value
      : undefined;
  } catch {
    return undefined; // the caller says what it should be
  }
}
