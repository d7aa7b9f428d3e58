// What a run left in its folder, in a form that two runs can be compared by.
import fs from 'node:fs';
import path from 'node:path';
import { parseTensorFile } from '../../../shared/safetensors.ts';

/** The bytes of every tensor of a file, by name, as text: a difference of thousands of numbers tells less. */
export function tensorsOf(
  { folder }: { readonly folder: string },
  file: string,
): Map<string, string> {
  const content = parseTensorFile(fs.readFileSync(path.join(folder, file)));
  return new Map(
    [...content.tensors.keys()].map((name) => [
      name,
      Buffer.from(content.bytesOf(name)).toString('base64'),
    ]),
  );
}
