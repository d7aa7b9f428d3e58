// Serves the built page under its own scheme, by the same rules as `serve`. A scheme of ours instead of
// file: gives the page an origin, and takes from it every other file of the machine.
import type { Protocol } from 'electron';
import { messageOf } from '../../shared/errors.ts';
import { openPageFiles, SECURITY_HEADERS } from '../host/page-files.ts';
import type { Log } from './electron-parts.ts';
import { isOurs, PAGE_SCHEME } from './guard.ts';

/** Only before Electron is ready, and once. */
export function registerPageScheme(protocol: Pick<Protocol, 'registerSchemesAsPrivileged'>): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true, codeCache: true };
  protocol.registerSchemesAsPrivileged([{ scheme: PAGE_SCHEME, privileges }]);
}

/** Only after Electron is ready. */
export function servePageFiles(protocol: Pick<Protocol, 'handle'>, folder: string, log: Log): void {
  const files = openPageFiles(folder);
  protocol.handle(PAGE_SCHEME, async (request) => {
    if (!isOurs(request.url)) return refuse(404, log, `${request.url} is not of this app.`);
    if (request.method !== 'GET') return refuse(405, log, `${request.method} is not answered.`);
    try {
      const { pathname } = new URL(request.url);
      const file = await files.find(pathname);
      if (file === undefined) return refuse(404, log, `The page has no ${pathname}.`);
      return new Response(file.body, { headers: file.headers });
    } catch (error) {
      return refuse(500, log, `${request.url} could not be read: ${messageOf(error)}`);
    }
  });
}

function refuse(status: number, log: Log, sentence: string): Response {
  log(sentence);
  return new Response(sentence, {
    status,
    headers: { ...SECURITY_HEADERS, 'content-type': 'text/plain; charset=utf-8' },
  });
}
