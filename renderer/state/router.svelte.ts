// Where the user is: the URL's hash names exactly what is shown, so reload, back and copied links work.
// `#/run/ID/mistakes?x=epoch` is page `run`, path `[ID, mistakes]`, params `{ x: 'epoch' }`.

export const PAGES = [
  'start',
  'runs',
  'run',
  'trash',
  'new',
  'datasets',
  'studies',
  'compare',
  'reports',
  'settings',
] as const;
export type PageName = (typeof PAGES)[number];

export interface Route {
  readonly page: PageName;
  readonly path: readonly string[];
  readonly params: Readonly<Record<string, string>>;
}

export interface RouteInput {
  readonly page: PageName;
  readonly path?: readonly string[];
  /** Missing and empty values are left out of the URL. */
  readonly params?: Readonly<Record<string, string | undefined>>;
}

export function formatRoute({ page, path = [], params = {} }: RouteInput): string {
  const segments = [page, ...path].map(encodeURIComponent).join('/');
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    if (value !== undefined && value !== '') query.set(key, value);
  }
  const text = query.toString();
  return `#/${segments}${text === '' ? '' : `?${text}`}`;
}

/** Anything that names no page leads to the runs. */
export function parseRoute(hash: string): Route {
  const [address = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [first, ...path] = address.split('/').filter(Boolean).map(decoded);
  const page = PAGES.find((name) => name === first) ?? 'runs';
  return { page, path, params: Object.fromEntries(new URLSearchParams(query)) };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // typed by hand; the page will say what it cannot find
  }
}

export class Router {
  route: Route = $state.raw(parseRoute(''));
  readonly #window: Window;

  constructor(window: Window) {
    this.#window = window;
    this.route = parseRoute(window.location.hash);
    window.addEventListener('hashchange', () => {
      this.route = parseRoute(window.location.hash);
    });
  }

  href(input: RouteInput): string {
    return formatRoute(input);
  }

  go(input: RouteInput, options: { readonly replace?: boolean } = {}): void {
    const hash = formatRoute(input);
    if (hash === this.#window.location.hash) return;
    const { history } = this.#window;
    if (options.replace === true) history.replaceState(null, '', hash);
    else history.pushState(null, '', hash);
    this.route = parseRoute(hash);
  }

  /** Changes what the page remembers in its address, without a step for the back button. */
  setParams(params: Readonly<Record<string, string | undefined>>): void {
    const { page, path } = this.route;
    this.go({ page, path, params: { ...this.route.params, ...params } }, { replace: true });
  }
}
