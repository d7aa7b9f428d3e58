import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { browserCommand, openBrowser } from './open-browser.ts';
import { temporaryFolder } from './testing/serving.ts';

const url = 'http://127.0.0.1:8080/?token=a-b_c';

test('Each platform has its own way to open an address.', () => {
  expect(browserCommand(url, 'linux')).toEqual(['xdg-open', [url]]);
  expect(browserCommand(url, 'darwin')).toEqual(['open', [url]]);
  expect(browserCommand(url, 'win32')).toEqual([
    'cmd.exe',
    ['/d', '/s', '/c', `start "" "${url}"`],
  ]);
});

/** An `xdg-open` that does what the script says. */
function browser(script: string): { readonly PATH: string; readonly folder: string } {
  const folder = temporaryFolder();
  fs.writeFileSync(path.join(folder, 'xdg-open'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { PATH: folder, folder };
}

test.skipIf(process.platform === 'win32')('The address is handed to the browser.', async () => {
  const { PATH, folder } = browser('echo "$1" > "$0.seen.new" && /bin/mv "$0.seen.new" "$0.seen"');
  const problems: string[] = [];
  openBrowser(url, {
    platform: 'linux',
    env: { PATH, DISPLAY: ':0' },
    onProblem: (why) => problems.push(why),
  });
  const seen = path.join(folder, 'xdg-open.seen');
  await expect.poll(() => fs.existsSync(seen)).toBe(true);
  expect(fs.readFileSync(seen, 'utf8').trim()).toBe(url);
  expect(problems).toEqual([]);
});

test.skipIf(process.platform === 'win32')('A browser that fails is a note.', async () => {
  const { PATH } = browser('exit 3');
  const why = await new Promise((onProblem) => {
    openBrowser(url, { platform: 'linux', env: { PATH, DISPLAY: ':0' }, onProblem });
  });
  expect(why).toBe(
    'The browser could not be opened (xdg-open ended with code 3). Open the address above yourself.',
  );
});

test('A machine without a browser is a note too.', async () => {
  const why = await new Promise((onProblem) => {
    openBrowser(url, {
      platform: 'linux',
      env: { PATH: temporaryFolder(), DISPLAY: ':0' },
      onProblem,
    });
  });
  expect(why).toMatch(/^The browser could not be opened \(spawn xdg-open ENOENT\)\./);
});

test('Without a display nothing is tried: the address is for another machine.', async () => {
  const { PATH, folder } = browser('echo "$1" > "$0.seen"');
  const why = await new Promise((onProblem) => {
    openBrowser(url, { platform: 'linux', env: { PATH }, onProblem });
  });
  expect(why).toMatch(/^The browser could not be opened \(there is no display\)\./);
  expect(fs.existsSync(path.join(folder, 'xdg-open.seen'))).toBe(false);
});
