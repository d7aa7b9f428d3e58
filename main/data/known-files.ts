// Files that people take for datasets and that are not read: what each is, by its first bytes or its name,
// and what to do with it. Pickles are never opened: they can run any program.
import { basename } from 'node:path';
import { inputError } from '../../shared/errors.ts';

const PICKLE =
  'is a Python pickle, which can run any program when it is read and is therefore never opened; save its arrays with numpy.savez(file, images=…, labels=…)';

const BY_BYTES: readonly (readonly [RegExp, string])[] = [
  [
    /^\x89HDF/,
    'is an HDF5 file, which is not read; save its arrays with numpy.savez(file, images=…, labels=…)',
  ],
  [
    /^MATLAB /,
    'is a MATLAB file, which is not read; save its arrays with numpy.savez(file, images=…, labels=…)',
  ],
  [/^ARROW1/, 'is an Arrow file, which is not read; write its images into a folder for each class'],
  [
    /^\x93NUMPY/,
    'is a single NumPy array; put images and labels into one file with numpy.savez(file, images=…, labels=…)',
  ],
  [/^\x80[\x02-\x05]/, PICKLE],
  [
    /^(?:\xff\xd8\xff|\x89PNG|GIF8|RIFF....WEBP|II\*\0|MM\0\*|....ftyp(?:avi[fs]|hei[cf]))/s,
    'is a single image; give the folder with one folder for each class',
  ],
];
const BY_NAME: readonly (readonly [RegExp, string])[] = [
  [
    /\.(?:csv|tsv)$/i,
    'is a list, not the images; put it beside them and give the folder that holds both',
  ],
  [/\.(?:pkl|pickle|pt|pth)$/i, PICKLE],
  [
    /\.tfrecords?$/i,
    'is a TFRecord file, which is not read; write its images into a folder for each class',
  ],
  [
    /\.(?:tiff?|hei[cf]|avif|p[gp]m|jp2|jxl|bmp|jfif|jpe?g?)$/i,
    'is a single image; give the folder with one folder for each class',
  ],
  [
    /^(?:data|lock)\.mdb$/i,
    'is an LMDB database, which is not read; write its images into a folder for each class',
  ],
];

/** @throws inputError `not-a-dataset` for a known kind of file */
export function refuseKnownFile(start: Buffer, path: string): void {
  const text = start.toString('latin1', 0, 16);
  const [, what] =
    BY_BYTES.find(([signature]) => signature.test(text)) ??
    BY_NAME.find(([name]) => name.test(basename(path))) ??
    [];
  if (what !== undefined) throw inputError('not-a-dataset', `${path} ${what}.`, { path });
}
