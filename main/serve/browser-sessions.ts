// Which browsers are let in. The printed address carries a token that lets in one browser, once: it
// then has a cookie, and the token is worth nothing, wherever it was seen (history, process list,
// scrollback). The cookie is a signature under the library's secret, so it outlives a restart of the
// server; scripts cannot read it, and other sites' requests do not carry it.
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export interface BrowserSessions {
  /** Lets in whoever brings it first. */
  readonly token: string;
  /** The `Set-Cookie` for a browser that brought the token, which is then replaced by a new one. */
  admit(token: string): string | undefined;
  /** Whether a `Cookie` header is that of a browser which was let in. */
  knows(cookies: string | undefined): boolean;
}

export interface SessionOptions {
  /** At least 32 random bytes that stay with the library. */
  readonly secret: Uint8Array;
  /** A token that stays: for scripts that start the server and the browser both. */
  readonly fixedToken?: string | undefined;
}

export function createBrowserSessions({ secret, fixedToken }: SessionOptions): BrowserSessions {
  // Cookies know no ports: two servers on one machine must not share a name.
  const name = `resnet-lab-${sign(secret, 'name').slice(0, 8)}`;
  const value = sign(secret, 'session');
  let token = fixedToken ?? newToken();
  return {
    get token() {
      return token;
    },
    admit: (given) => {
      if (!areEqual(given, token)) return undefined;
      token = fixedToken ?? newToken();
      return `${name}=${value}; Path=/; HttpOnly; SameSite=Strict`;
    },
    knows: (cookies = '') =>
      cookies.split(';').some((cookie) => {
        const [given, ...rest] = cookie.trim().split('=');
        return given === name && areEqual(rest.join('='), value);
      }),
  };
}

function newToken(): string {
  return randomBytes(24).toString('base64url');
}

function sign(secret: Uint8Array, what: string): string {
  return createHmac('sha256', secret).update(`resnet-lab serve ${what}`).digest('base64url');
}

/** Takes as long for a nearly right guess as for a wrong one, whatever its length. */
function areEqual(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
