// Which Chromium there is on this machine, to print reports with and for the stories of e2e: one that was
// named, a given place, one on the PATH, or where browsers are usually installed. Looks only; nothing is
// fetched.
import fs from 'node:fs';
import path from 'node:path';

export type FoundChromium = { readonly path: string } | { readonly reason: string };

export interface FindChromiumOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly platform?: NodeJS.Platform;
  /** Looked at before the PATH: where Playwright would have put its own. */
  readonly ownPath?: string;
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const MAC_APPS = ['Google Chrome', 'Chromium', 'Microsoft Edge'];
const WINDOWS_PROGRAMS = [
  'Google\\Chrome\\Application\\chrome.exe',
  'Microsoft\\Edge\\Application\\msedge.exe',
];
const HOW =
  'install one with "npx playwright install chromium" or "apt-get install chromium", or name one in RESNET_LAB_CHROMIUM';

/** `reason` is a sentence for the user. */
export function findChromium(options: FindChromiumOptions = {}): FoundChromium {
  const { env = process.env, platform = process.platform, ownPath } = options;
  const named = env['RESNET_LAB_CHROMIUM'];
  if (named) {
    if (fs.existsSync(named)) return { path: named };
    return {
      reason: `RESNET_LAB_CHROMIUM names ${named}, which is not there; correct or unset it.`,
    };
  }
  const places = [
    ...(ownPath === undefined ? [] : [ownPath]),
    ...onPath(env['PATH'] ?? ''),
    ...installed(platform, env),
  ];
  const found = places.find((place) => fs.existsSync(place));
  return found === undefined ? { reason: `There is no Chromium here; ${HOW}.` } : { path: found };
}

function onPath(list: string): string[] {
  const folders = list.split(path.delimiter).filter((folder) => folder !== '');
  return NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
}

function installed(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  if (platform === 'darwin') {
    return MAC_APPS.map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);
  }
  if (platform !== 'win32') return [];
  const roots = ['ProgramFiles', 'ProgramFiles(x86)', 'LOCALAPPDATA'].map((name) => env[name]);
  return roots.flatMap((root) =>
    root === undefined ? [] : WINDOWS_PROGRAMS.map((program) => path.win32.join(root, program)),
  );
}
