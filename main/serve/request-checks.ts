// Who may talk to the server at all, by a request's Host and Origin. Pure.
//
// The Host must name this machine: a site that points its own name at 127.0.0.1 (DNS rebinding) sends
// that name. Its port may be any, because people reach the server through `ssh -L`, whose port is
// their own machine's. The Origin must be that same Host: a page of another server on this machine is
// of the same *site*, so the cookie alone would not keep it out. A server that other machines may reach
// also answers to any number (an address cannot be rebound), as it may be behind a translation of ports.
import net from 'node:net';

/** What a server may be called in a Host header. */
export interface OwnNames {
  readonly names: readonly string[];
  readonly anyAddress: boolean;
}

/** Undefined if the Host is fine, else why not. */
export function hostProblem(
  header: string | undefined,
  { names, anyAddress }: OwnNames,
): string | undefined {
  const name = hostName(header ?? '');
  if (name === undefined) return 'The request names no host.';
  if (names.includes(name)) return undefined;
  if (anyAddress && net.isIP(name.replace(/^\[|\]$/g, '')) !== 0) return undefined;
  return `The name "${name.slice(0, 80)}" is not one of this server (${names.join(', ')}).`;
}

export function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  // `https` is for a proxy in front that ends TLS and keeps the Host.
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}

/** The names by which a server that is bound to `host` may be asked. */
export function ownNames(host: string, machineName: string): OwnNames {
  const loopback = ['127.0.0.1', 'localhost', '[::1]'];
  const bound = bracketed(host.toLowerCase());
  if (isLoopback(host)) return { names: [...new Set([...loopback, bound])], anyAddress: false };
  const machine = machineName.toLowerCase();
  const names = [...new Set([...loopback, bound, machine, `${machine}.local`])];
  return { names, anyAddress: true };
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (net.isIPv4(host) && host.startsWith('127.'));
}

/** Bound to every address of the machine. */
export function isEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** As it stands in a URL. */
export function bracketed(host: string): string {
  return net.isIPv6(host) ? `[${host}]` : host;
}

/** The name of a Host header, lower-case, without the port; undefined if it is not one. */
function hostName(header: string): string | undefined {
  const match = /^(\[[\da-fA-F:.]+\]|[\w.-]+)(?::\d{1,5})?$/.exec(header);
  return match?.[1]?.toLowerCase();
}
