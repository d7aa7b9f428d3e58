// Opens the default browser. That it cannot be opened (no desktop, no browser) is worth a note, never
// an error: the address is printed anyway. It stands in the process list for a moment, which is one
// reason why its token works only once.
import { spawn } from 'node:child_process';

export interface OpenBrowserOptions {
  readonly platform?: NodeJS.Platform;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Why it did not open. */
  readonly onProblem: (sentence: string) => void;
}

export function openBrowser(url: string, options: OpenBrowserOptions): void {
  const { platform = process.platform, env = process.env, onProblem } = options;
  const [program, args] = browserCommand(url, platform);
  if (platform === 'linux' && !env['DISPLAY'] && !env['WAYLAND_DISPLAY']) {
    // It might open one in text mode, in this very terminal.
    onProblem(problem('there is no display'));
    return;
  }
  let isReported = false;
  const report = (why: string): void => {
    if (isReported) return;
    isReported = true;
    onProblem(problem(why));
  };
  const child = spawn(program, args, {
    detached: true,
    stdio: 'ignore',
    env,
    windowsHide: true,
    windowsVerbatimArguments: platform === 'win32',
  });
  child.on('error', (error) => report(error.message));
  child.on('exit', (code) => {
    if (code !== null && code !== 0) report(`${program} ended with code ${code}`);
  });
  child.unref();
}

function problem(why: string): string {
  return `The browser could not be opened (${why}). Open the address above yourself.`;
}

/** Our addresses hold no quotes, spaces or ampersands. */
export function browserCommand(
  url: string,
  platform: NodeJS.Platform,
): readonly [string, readonly string[]] {
  if (platform === 'darwin') return ['open', [url]];
  if (platform === 'win32') return ['cmd.exe', ['/d', '/s', '/c', `start "" "${url}"`]];
  return ['xdg-open', [url]];
}
