// Prints an HTML file to PDF with a Chromium found on this machine. Asks no network: the page's own
// policy forbids it, and the browser gets a fresh profile.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { pathToFileURL } from 'node:url';
import { failure, messageOf } from '../../shared/errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const names = [
  ...['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
  ...['microsoft-edge', 'brave-browser', 'chrome', 'msedge'],
];
const macPlaces = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
];
const timeLimitMs = 120_000;

/** `RESNET_LAB_CHROMIUM`, else what is on the path or in its usual place. */
export function findBrowser(
  env: Environment,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  const named = env['RESNET_LAB_CHROMIUM'];
  if (named !== undefined && named !== '') return named;
  const folders = (env['PATH'] ?? env['Path'] ?? '').split(path.delimiter);
  const suffix = platform === 'win32' ? '.exe' : '';
  const onPath = folders.flatMap((folder) => names.map((name) => path.join(folder, name + suffix)));
  const windows = [env['PROGRAMFILES'], env['PROGRAMFILES(X86)'], env['LOCALAPPDATA']].flatMap(
    (root) =>
      root === undefined
        ? []
        : [
            path.join(root, 'Google', 'Chrome', 'Application', 'chrome.exe'),
            path.join(root, 'Microsoft', 'Edge', 'Application', 'msedge.exe'),
          ],
  );
  const usual = platform === 'darwin' ? macPlaces : platform === 'win32' ? windows : [];
  return [...onPath, ...usual].find((file) => fs.existsSync(file));
}

/** @throws failure `no-browser` or `print-failed` */
export async function printWithBrowser(
  htmlFile: string,
  pdfFile: string,
  env: Environment,
): Promise<void> {
  const browser = findBrowser(env);
  if (browser === undefined) {
    throw failure(
      'no-browser',
      'A PDF needs Chromium, Chrome or Edge on this machine, and none was found. Install one, name it with RESNET_LAB_CHROMIUM, or print the HTML report from any browser.',
    );
  }
  const profile = await mkdtemp(path.join(os.tmpdir(), 'resnet-lab-print-'));
  try {
    await promisify(execFile)(
      browser,
      [
        '--headless=new',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        // Chromium refuses to run its sandbox as root, as in a container.
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        `--user-data-dir=${profile}`,
        '--no-pdf-header-footer',
        `--print-to-pdf=${pdfFile}`,
        pathToFileURL(htmlFile).href,
      ],
      { timeout: timeLimitMs },
    );
    await stat(pdfFile);
  } catch (error) {
    throw failure(
      'print-failed',
      `${browser} could not print the report (${messageOf(error).split('\n', 1)[0] ?? ''}). Print the HTML report from a browser instead.`,
      { path: browser, cause: error },
    );
  } finally {
    await rm(profile, { recursive: true, force: true });
  }
}
