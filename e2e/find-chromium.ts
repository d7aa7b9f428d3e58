// Which Chromium the stories open: one that was named, Playwright's own, or one on the PATH. Looks only;
// nothing is fetched.
import fs from 'node:fs';
import path from 'node:path';

export type FoundChromium = { readonly path: string } | { readonly reason: string };

export interface FindChromiumOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where Playwright would have put its own. */
  readonly ownPath: string;
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const HOW =
  'install one with "npx playwright install chromium" or "apt-get install chromium", or name one in RESNET_LAB_CHROMIUM';

/** `reason` is a sentence for the user. */
export function findChromium({ env = process.env, ownPath }: FindChromiumOptions): FoundChromium {
  const named = env['RESNET_LAB_CHROMIUM'];
  if (named) {
    if (fs.existsSync(named)) return { path: named };
    return {
      reason: `RESNET_LAB_CHROMIUM names ${named}, which is not there; correct or unset it.`,
    };
  }
  if (fs.existsSync(ownPath)) return { path: ownPath };
  const folders = (env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  for (const name of NAMES) {
    const file = folders.map((folder) => path.join(folder, name)).find((it) => fs.existsSync(it));
    if (file !== undefined) return { path: file };
  }
  return { reason: `There is no Chromium to open the app in; ${HOW}.` };
}
