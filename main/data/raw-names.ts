// File names that are not UTF-8, as Linux allows them: shown as text with `\xNN` for each odd byte, and
// opened by their bytes. Knows only the names that it was shown.
import { join, sep } from 'node:path';
import { utf8Of } from './utf8.ts';

export interface RawNames {
  /** The name as text; `folder` is the shown path of the folder it is in. */
  nameOf(folder: string, bytes: Buffer): string;
  /** What the system takes for the shown path below `root`: bytes only where text would not do. */
  placeOf(root: string, path: string): string | Buffer;
}

export function createRawNames(): RawNames {
  /** By shown path. */
  const raw = new Map<string, Buffer>();
  return {
    nameOf: (folder, bytes) => {
      const quick = bytes.toString('utf8');
      if (!quick.includes('\ufffd')) return quick;
      const name = utf8Of(bytes);
      if (name !== undefined) return name;
      const shown = shownName(bytes);
      raw.set(folder === '' ? shown : `${folder}/${shown}`, bytes);
      return shown;
    },
    placeOf: (root, path) => {
      if (raw.size === 0) return join(root, path);
      const parts = path.split('/');
      const bytes = parts.map((part, i) => raw.get(parts.slice(0, i + 1).join('/')) ?? part);
      if (bytes.every((part) => typeof part === 'string')) return join(root, path);
      const slash = Buffer.from(sep);
      return Buffer.concat(
        [root, ...bytes].flatMap((part, i) => {
          const own = Buffer.from(part);
          return i === 0 ? [own] : [slash, own];
        }),
      );
    },
  };
}

/** `caf\xe9.jpg`: bytes beyond ASCII that form no letter. */
export function shownName(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(/[\x80-\xff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** The bytes of a shown path. */
export function rawPathOf(shown: string): Buffer {
  const parts = shown.split(/\\x([89a-f][0-9a-f])/);
  return Buffer.concat(
    parts.map((part, i) =>
      i % 2 === 1 ? Buffer.from([Number.parseInt(part, 16)]) : Buffer.from(part),
    ),
  );
}
