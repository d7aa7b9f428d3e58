// Which paths an upload may have. A browser sends what was dropped, and whoever holds the token can
// send anything: no path may lead out of its folder, nor mean something else on another system, because
// a library may be moved. Pure.
import { inputError } from '../../../shared/errors.ts';

const longestSegment = 255;
const deepest = 64;
const reserved = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

const forbidden = /[\u0000-\u001f\u007f<>:"|?*\\]/;

/** The segments of a relative path with `/` between them. @throws inputError `bad-upload-path` */
export function uploadSegments(path: string): string[] {
  const problem = problemOf(path);
  if (problem === undefined) return path.split('/');
  throw inputError(
    'bad-upload-path',
    `The file ${JSON.stringify(path.slice(0, 200))} can't be uploaded: ${problem}. Rename it, or leave it out, and try again.`,
    { path },
  );
}

function problemOf(path: string): string | undefined {
  if (path.startsWith('/')) return 'its path is absolute';
  const segments = path.split('/');
  if (segments.length > deepest) return `it lies more than ${deepest} folders deep`;
  for (const segment of segments) {
    if (segment === '') return 'its path has an empty part';
    if (segment === '.' || segment === '..') return 'its path leads to another folder';
    if (forbidden.test(segment)) return 'its path has characters that not every system allows';
    if (/[. ]$/.test(segment)) return 'a part of its path ends with a dot or a space';
    if (reserved.test(segment)) return `Windows keeps the name ${segment} for itself`;
    if (Buffer.byteLength(segment) > longestSegment) return 'a part of its path is too long';
  }
  return undefined;
}

/** @throws inputError if two paths are the same file, on any system, or one is a folder of another */
export function requireDistinct(paths: readonly string[]): void {
  const key = (path: string): string => path.normalize('NFC').toLowerCase();
  const seen = new Map<string, string>();
  for (const path of paths) {
    const other = seen.get(key(path));
    if (other !== undefined) throw clash(path, other);
    seen.set(key(path), path);
  }
  for (const path of paths) {
    const segments = path.split('/');
    for (let depth = 1; depth < segments.length; depth++) {
      const folder = seen.get(key(segments.slice(0, depth).join('/')));
      if (folder !== undefined) throw clash(path, folder);
    }
  }
}

function clash(path: string, other: string): Error {
  return inputError(
    'bad-upload-path',
    `${path} and ${other} would be the same file on some systems; rename one of them and try again.`,
    { path },
  );
}

/** A name for the folder of an upload, from what the user dropped. */
export function safeName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replace(new RegExp(forbidden.source, 'g'), '-')
    .replaceAll('/', '-')
    .replace(/^\.+|[. ]+$/g, '')
    .slice(0, 80);
  return plain === '' || reserved.test(plain) ? `upload-${plain}` : plain;
}
