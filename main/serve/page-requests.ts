// Answers HTTP requests: the door, the page's files, and notices. Reads nothing of a request but its
// method, address and a few headers.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SECURITY_HEADERS } from '../host/page-files.ts';
import type { BrowserSessions } from './browser-sessions.ts';
import type { EncodedFiles } from './encoded-files.ts';
import * as notices from './notices.ts';
import { hostProblem, type OwnNames } from './request-checks.ts';

export interface PageRequestParts {
  readonly files: EncodedFiles;
  readonly sessions: BrowserSessions;
  readonly names: OwnNames;
  /** The token was used; there is a new one. */
  readonly onAdmitted: () => void;
  readonly onError: (error: unknown, what: string) => void;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

export function answerPageRequests(
  parts: PageRequestParts,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    // Nothing is read; what is sent all the same must not fill memory.
    request.resume();
    void answer(request, parts)
      .catch((error: unknown) => {
        parts.onError(error, `GET ${request.url ?? ''}`);
        return notice(notices.failed);
      })
      .then(({ status, headers, body }) => {
        const length = { 'content-length': Buffer.byteLength(body) };
        response.writeHead(status, { ...SECURITY_HEADERS, ...length, ...headers });
        if (request.method === 'HEAD' || status === 304) response.end();
        else response.end(body);
      });
  };
}

async function answer(request: IncomingMessage, parts: PageRequestParts): Promise<Answer> {
  const { files, sessions, names } = parts;
  const { method, headers, url = '/' } = request;
  const problem = hostProblem(headers.host, names);
  if (problem !== undefined) return notice(notices.wrongHost(problem));
  if (method !== 'GET' && method !== 'HEAD') {
    return notice(notices.methodNotAllowed, { allow: 'GET, HEAD' });
  }
  const [pathname = '', query = ''] = url.split(/\?(.*)/s);
  const isKnown = sessions.knows(headers.cookie);
  const token = new URLSearchParams(query).get('token');
  if (pathname === '/' && token !== null) {
    if (isKnown) return door();
    // A mere look (a preview, a scanner for open ports) must not use it up.
    const cookie = method === 'GET' ? sessions.admit(token) : undefined;
    if (cookie !== undefined) {
      parts.onAdmitted();
      return door(cookie);
    }
  }
  if (!isKnown) return notice(notices.notLetIn);
  const file = await files.find(pathname, headersText(headers['accept-encoding']));
  if (file === undefined) return notice(pathname === '/' ? notices.notBuilt : notices.notFound);
  const isUnchanged = headers['if-none-match'] === file.headers['etag'];
  return { status: isUnchanged ? 304 : 200, headers: file.headers, body: file.body };
}

function door(cookie?: string): Answer {
  return html(200, notices.doorPage, cookie === undefined ? {} : { 'set-cookie': cookie });
}

function notice(content: notices.Notice, headers: Readonly<Record<string, string>> = {}): Answer {
  return html(content.status, notices.noticePage(content), headers);
}

function html(status: number, body: string, headers: Readonly<Record<string, string>>): Answer {
  return {
    status,
    body,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      ...headers,
    },
  };
}

function headersText(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(',') : header;
}
