// Files of the page as HTTP sends them: with an entity tag, and compressed for whoever can take it,
// once per content. On loopback this saves nothing; through `ssh -L` it is most of the first paint.
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { PageFile, PageFiles } from '../host/page-files.ts';

export interface EncodedFile {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface EncodedFiles {
  find(pathname: string, acceptEncoding: string | undefined): Promise<EncodedFile | undefined>;
}

type Encoding = 'br' | 'gzip';

const compress: Readonly<Record<Encoding, (body: Uint8Array) => Promise<Uint8Array>>> = {
  // Higher qualities take seconds for a few per cent.
  br: (body) =>
    promisify(zlib.brotliCompress)(body, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } }),
  gzip: (body) => promisify(zlib.gzip)(body),
};

const worthwhile = /^(text\/|application\/json|image\/svg)/;
const smallestBytes = 1024;
/** Of a page that is rebuilt while it is served, old contents need not stay. */
const keptLimit = 200;

export function encodeFiles(files: PageFiles): EncodedFiles {
  const kept = new Map<string, Promise<Uint8Array>>();
  const bodyOf = (file: PageFile, digest: string, encoding: Encoding): Promise<Uint8Array> => {
    const key = `${digest}-${encoding}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    if (kept.size >= keptLimit) kept.clear();
    const body = compress[encoding](file.body);
    kept.set(key, body);
    return body;
  };
  return {
    find: async (pathname, acceptEncoding) => {
      const file = await files.find(pathname);
      if (file === undefined) return undefined;
      const digest = createHash('sha256').update(file.body).digest('base64url').slice(0, 22);
      const isCompressible =
        file.body.length >= smallestBytes && worthwhile.test(file.headers['content-type'] ?? '');
      const headers = isCompressible ? { ...file.headers, vary: 'accept-encoding' } : file.headers;
      const encoding = isCompressible ? chooseEncoding(acceptEncoding) : undefined;
      if (encoding === undefined) {
        return { headers: { ...headers, etag: `"${digest}"` }, body: file.body };
      }
      return {
        headers: { ...headers, etag: `"${digest}-${encoding}"`, 'content-encoding': encoding },
        body: await bodyOf(file, digest, encoding),
      };
    },
  };
}

/** The better of those that are wanted; weights other than "not at all" are ignored. */
function chooseEncoding(header = ''): Encoding | undefined {
  const wanted = header
    .split(',')
    .map((part) =>
      part
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/),
    )
    .filter(([, weight]) => !/^q=0(\.0*)?$/.test(weight ?? ''))
    .map(([name]) => name);
  return (['br', 'gzip'] as const).find((encoding) => wanted.includes(encoding));
}
