// Whether a file whose name says nothing (`a.jfif`, `0001`, `x.jpg.bak`) is an image, by its first bytes.
import { isUnreadable, readImageStart, type ImageFile } from '../image-file.ts';

/** Never images; looking into a million of them would take minutes. */
const TEXTS =
  /\.(?:txt|csv|tsv|json|jsonl|xml|ya?ml|md|html?|py|ipynb|npy|npz|mat|pkl|zip|gz|tar|pdf|mp4|avi|mov)$/i;
/** A deflated file of an archive begins with its Huffman tables: some hundred bytes before the first of its own. */
const START_BYTES = 1024;
const SIGNATURE_BYTES = 16;

/** @throws nothing: what cannot be read is no image */
export function beginsAsImage(file: ImageFile, path: string): boolean {
  if (TEXTS.test(path)) return false;
  const start = readImageStart(file, Buffer.alloc(START_BYTES));
  if (isUnreadable(start)) return false;
  const text = start.bytes.toString('latin1', 0, SIGNATURE_BYTES);
  return /^(?:\xff\xd8\xff|\x89PNG\r\n|GIF8[79]a|RIFF....WEBP|II\*\0|MM\0\*|....ftypavi[fs])/s.test(
    text,
  );
}
