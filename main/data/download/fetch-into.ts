// One HTTP request for the rest of a file, written where it belongs in an open file. Redirects are
// followed; a server that ignores the range sends all of it again. Decides nothing about trying again.
import type { FileHandle } from 'node:fs/promises';
import { failure } from '../../../shared/errors.ts';
import { writeFully } from '../../system/disk.ts';

export interface Range {
  readonly url: string;
  readonly sizeBytes: number;
  /** The first byte that is wanted. */
  readonly from: number;
}

/** How much of the file is there, also when the request breaks off. */
export interface Received {
  bytes: number;
}

export interface FetchOptions {
  readonly signal: AbortSignal | undefined;
  readonly stallMs: number;
  readonly onBytes: (doneBytes: number) => void;
}

export async function fetchInto(
  { url, sizeBytes, from }: Range,
  file: FileHandle,
  received: Received,
  { signal, stallMs, onBytes }: FetchOptions,
): Promise<void> {
  const stalled = new AbortController();
  const timer = setTimeout(() => {
    stalled.abort(new Error(`nothing arrived for ${Math.round(stallMs / 1000)} seconds`));
  }, stallMs);
  try {
    const response = await fetch(url, {
      signal: signal === undefined ? stalled.signal : AbortSignal.any([signal, stalled.signal]),
      headers: {
        // A compressed transfer would have other offsets than the file.
        'accept-encoding': 'identity',
        ...(from > 0 ? { range: `bytes=${from}-` } : {}),
      },
    });
    received.bytes = startOf(response, { url, sizeBytes, from });
    if (received.bytes === 0) await file.truncate(0);
    if (response.body === null) throw new Error('the answer is empty');
    for await (const chunk of response.body) {
      timer.refresh();
      const bytes = chunk as Uint8Array;
      if (received.bytes + bytes.length > sizeBytes) throw notTheFile(url, 'sends more', sizeBytes);
      await writeFully(file, bytes, received.bytes);
      received.bytes += bytes.length;
      onBytes(received.bytes);
    }
    if (received.bytes < sizeBytes) throw new Error('the connection was closed too early');
  } finally {
    clearTimeout(timer);
  }
}

/** Where the first byte of the answer belongs; throws what asking again would not change. */
function startOf(response: Response, { url, sizeBytes, from }: Range): number {
  const { status, headers } = response;
  if (status === 206) {
    const [, first, total] =
      /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
    if (total !== undefined && total !== '*' && Number(total) !== sizeBytes) {
      throw notTheFile(url, `has ${total}`, sizeBytes);
    }
    if (Number(first) === from) return from;
    throw new Error(`the server sent another part than the one from byte ${from}`);
  }
  if (status === 200) {
    const length = headers.get('content-length');
    if (length !== null && Number(length) !== sizeBytes && !headers.has('content-encoding')) {
      throw notTheFile(url, `has ${length}`, sizeBytes);
    }
    return 0;
  }
  if (status >= 500 || status === 408 || status === 429) {
    throw new Error(`the server answered ${status}`);
  }
  throw failure(
    'download-refused',
    `The server of ${url} answered ${status}${response.statusText === '' ? '' : ` ${response.statusText}`}; the file may have moved. Fetch it by hand, or name another address with --from.`,
    { path: url, details: { status } },
  );
}

function notTheFile(url: string, what: string, sizeBytes: number): Error {
  return failure(
    'wrong-size',
    `${url} is not the file that is known by that name: it ${what} bytes instead of ${sizeBytes}. A login page or a proxy may have answered.`,
    { path: url, details: { expectedBytes: sizeBytes } },
  );
}
