// The built page as files: which file answers which address, and under which headers. The window and
// `serve` give the same answers; how they are asked is their own affair. Nothing outside the page's
// folder is ever read, whatever is asked.
import fs from 'node:fs/promises';
import path from 'node:path';
import { hasErrorCode } from '../../shared/errors.ts';

export interface PageFile {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface PageFiles {
  /** `pathname` is that of a URL, still percent-encoded. Undefined: there is no such file. */
  find(pathname: string): Promise<PageFile | undefined>;
}

/** No third party, nothing inline, no frames: a page that was talked into something can't reach out. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** For every answer, errors too. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.map': 'application/json; charset=utf-8',
};

export function openPageFiles(folder: string): PageFiles {
  return {
    find: async (pathname) => {
      const segments = segmentsOf(pathname);
      const type = types[path.extname(segments?.at(-1) ?? '')];
      if (segments === undefined || type === undefined) return undefined;
      const body = await readInside(folder, segments);
      if (body === undefined) return undefined;
      // The bundler names what is in `assets` after its content.
      const isNamedAfterContent = segments[0] === 'assets';
      return {
        body,
        headers: {
          ...SECURITY_HEADERS,
          'content-type': type,
          'cache-control': isNamedAfterContent ? 'max-age=31536000, immutable' : 'no-cache',
        },
      };
    },
  };
}

/** Undefined for whatever could mean another place than it looks like on some platform. */
function segmentsOf(pathname: string): readonly string[] | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  const segments = (decoded === '/' ? '/index.html' : decoded).split('/').slice(1);
  const isPlain = (name: string): boolean => /^[\w-][\w.-]*$/.test(name);
  return decoded.startsWith('/') && segments.every(isPlain) ? segments : undefined;
}

async function readInside(
  folder: string,
  segments: readonly string[],
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const root = await fs.realpath(folder);
    const file = await fs.realpath(path.join(root, ...segments));
    // A link may point anywhere.
    if (!file.startsWith(root + path.sep)) return undefined;
    return await fs.readFile(file);
  } catch (error) {
    const isNotThere = ['ENOENT', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG'].some((code) =>
      hasErrorCode(error, code),
    );
    if (isNotThere) return undefined;
    throw error;
  }
}
