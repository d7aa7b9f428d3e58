// What the page may not do: talk from anywhere but our own document, go elsewhere, open windows, get
// permissions. Every refusal is logged with its reason. Links to the web open in the user's browser.
import type { IpcMainEvent, Session, WebContents } from 'electron';

export const PAGE_SCHEME = 'app';
export const PAGE_ORIGIN = `${PAGE_SCHEME}://resnet-lab`;

export interface GuardParts {
  readonly openExternal: (url: string) => Promise<void>;
  readonly log: (sentence: string) => void;
}

/** Why a message may not be answered, or undefined if it may. */
export function refusalOf(
  event: Pick<IpcMainEvent, 'sender' | 'senderFrame'>,
  page: WebContents | undefined,
): string | undefined {
  if (page === undefined || event.sender !== page) return 'it comes from no window of ours';
  const frame = event.senderFrame;
  if (frame === null) return 'its frame is gone';
  if (frame.parent !== null) return `it comes from a frame inside the page (${frame.url})`;
  if (frame.origin !== PAGE_ORIGIN) return `its origin is ${frame.origin}`;
  return undefined;
}

/** To be called for every web contents there ever is (`web-contents-created`). */
export function guardContents(contents: WebContents, { openExternal, log }: GuardParts): void {
  const elsewhere = (url: string, what: string): void => {
    if (isWebLink(url)) {
      openExternal(url).catch((error: unknown) =>
        log(`${url} could not be opened: ${String(error)}`),
      );
    } else {
      log(`${what} ${url} was refused.`);
    }
  };
  contents.setWindowOpenHandler(({ url }) => {
    elsewhere(url, 'A new window for');
    return { action: 'deny' };
  });
  contents.on('will-frame-navigate', (event) => {
    if (event.isMainFrame && isOurs(event.url)) return;
    event.preventDefault();
    // A frame inside the page has no business with the user's browser.
    if (event.isMainFrame) elsewhere(event.url, 'Going to');
    else log(`A frame's way to ${event.url} was refused.`);
  });
  contents.on('will-redirect', (event) => {
    if (event.isMainFrame && isOurs(event.url)) return;
    event.preventDefault();
    log(`A redirection to ${event.url} was refused.`);
  });
  contents.on('will-attach-webview', (event) => {
    event.preventDefault();
    log('A web view was refused.');
  });
  // The page keeps its state; it may not keep the user from closing the window.
  contents.on('will-prevent-unload', (event) => event.preventDefault());
}

/** The page may copy text after a click or a key, and ask for the camera; nothing else is of any use to it. */
const permitted: ReadonlySet<string> = new Set(['clipboard-sanitized-write']);

export function guardSession(
  session: Pick<
    Session,
    'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler'
  >,
  log: GuardParts['log'],
): void {
  session.setPermissionRequestHandler((_contents, permission, answer, details) => {
    const isWanted =
      permitted.has(permission) || (permission === 'media' && isCamera(mediaOf(details)));
    const isGranted = isWanted && details.isMainFrame && isOurs(details.requestingUrl);
    if (!isGranted) log(`The permission ${permission} was refused to ${details.requestingUrl}.`);
    answer(isGranted);
  });
  session.setPermissionCheckHandler(
    (_contents, permission, origin, details) =>
      isOurs(origin) &&
      (permitted.has(permission) ||
        (permission === 'media' &&
          isCamera(details.mediaType === undefined ? [] : [details.mediaType]))),
  );
  session.setDevicePermissionHandler(() => false);
}

/** What a request for `media` is for. */
function mediaOf(details: object): readonly string[] {
  return 'mediaTypes' in details && Array.isArray(details.mediaTypes)
    ? details.mediaTypes.map(String)
    : [];
}

/** The camera alone, for "Try" of a run: the page has no use for a microphone. */
function isCamera(media: readonly string[]): boolean {
  return media.length > 0 && media.every((kind) => kind === 'video');
}

/** A URL whose scheme and host are the page's. `URL.origin` is of no use: it is null for our scheme. */
export function isOurs(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}` === PAGE_ORIGIN;
}

/** Only https: no other program may be started by a link. */
function isWebLink(url: string): boolean {
  return URL.canParse(url) && new URL(url).protocol === 'https:';
}
