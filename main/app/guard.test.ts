import { expect, test } from 'vitest';
import { CONNECT_CHANNEL } from '../../shared/contract/app/bridge.ts';
import { connectPage, FakeContents, type FakeFrame } from './testing/fake-contents.ts';
import { PreventableEvent } from './testing/fake-electron.ts';
import { setStage, type Stage } from './testing/stage.ts';

const ours: FakeFrame = { origin: 'app://resnet-lab', url: 'app://resnet-lab/', parent: null };

async function stage(): Promise<Stage> {
  const made = setStage();
  await made.open();
  return made;
}

test.each<[string, (stage: Stage) => [FakeContents, FakeFrame | null], string]>([
  [
    'another window',
    ({ electron }) => [new FakeContents(electron.protocolHandlers, () => undefined), ours],
    'it comes from no window of ours',
  ],
  [
    'a frame that is gone',
    ({ electron }) => [electron.window.webContents, null],
    'its frame is gone',
  ],
  [
    'a frame inside the page, even of our origin',
    ({ electron }) => [electron.window.webContents, { ...ours, parent: ours }],
    'it comes from a frame inside the page (app://resnet-lab/)',
  ],
  ...['https://resnet-lab', 'app://resnet-lab.evil', 'app://evil', 'file://', 'null', ''].map(
    (origin): [string, (stage: Stage) => [FakeContents, FakeFrame], string] => [
      `the origin "${origin}"`,
      ({ electron }) => [electron.window.webContents, { ...ours, origin }],
      `its origin is ${origin}`,
    ],
  ),
])('A connection from %s is refused, and the reason is logged.', async (_, sender, reason) => {
  const made = await stage();
  const [contents, frame] = sender(made);
  const { host } = connectPage(made.electron.ipcMain, CONNECT_CHANNEL, contents, frame);
  expect(made.log).toEqual([`A connection was refused: ${reason}.`]);
  await expect.poll(() => host.isClosed).toBe(true);
});

test.each([0, 2])('A connection with %i ports is refused.', async (count) => {
  const { electron, log } = await stage();
  const { webContents } = electron.window;
  const { host } = connectPage(electron.ipcMain, 'nowhere', webContents);
  electron.ipcMain.emit(CONNECT_CHANNEL, {
    sender: webContents,
    senderFrame: ours,
    ports: [host, host].slice(0, count),
  });
  expect(log).toEqual([`A connection was refused: it brings ${count} ports.`]);
});

test('What comes through a port and breaks the rules is hung up on.', async () => {
  const { electron, log } = await stage();
  const { page } = connectPage(electron.ipcMain, CONNECT_CHANNEL, electron.window.webContents);
  const closed = new Promise<void>((resolve) => page.on('close', () => resolve()));
  page.postMessage({ kind: 'call', name: 'app.revealFile' });
  await closed;
  expect(log[0]).toMatch(/^The page was hung up on: /);
});

test.each([
  ['app://resnet-lab/', true],
  ['app://resnet-lab/index.html?x#/runs', true],
  ['app://resnet-lab.evil/', false],
  ['app://resnet-lab@evil/', false],
  ['app:resnet-lab', false],
  ['file:///etc/passwd', false],
  ['https://example.com/', false],
  ['http://example.com/', false],
  ['javascript:alert(1)', false],
  ['data:text/html,x', false],
  ['blob:app://resnet-lab/123', false],
  ['about:blank', false],
  ['not a url', false],
])('The page may go to %s: %s.', async (url, isAllowed) => {
  const { electron, log } = await stage();
  const event = Object.assign(new PreventableEvent(), { url, isMainFrame: true });
  electron.window.webContents.emit('will-frame-navigate', event);
  expect(event.defaultPrevented).toBe(!isAllowed);
  const isWeb = url.startsWith('https:');
  expect(electron.opened).toEqual(isWeb ? [url] : []);
  expect(log).toEqual(isAllowed || isWeb ? [] : [`Going to ${url} was refused.`]);
});

test('A frame inside the page goes nowhere, and opens nothing in the browser.', async () => {
  const { electron, log } = await stage();
  for (const url of ['app://resnet-lab/', 'https://example.com/']) {
    const event = Object.assign(new PreventableEvent(), { url, isMainFrame: false });
    electron.window.webContents.emit('will-frame-navigate', event);
    expect(event.defaultPrevented).toBe(true);
  }
  expect(electron.opened).toEqual([]);
  expect(log).toHaveLength(2);
});

test('A redirection leads nowhere, nor into the browser: nobody has clicked on it.', async () => {
  const { electron } = await stage();
  const event = Object.assign(new PreventableEvent(), {
    url: 'https://example.com/',
    isMainFrame: true,
  });
  electron.window.webContents.emit('will-redirect', event);
  expect(event.defaultPrevented).toBe(true);
  expect(electron.opened).toEqual([]);
});

test.each([
  ['https://example.com/paper', ['https://example.com/paper']],
  ['http://example.com/', []],
  ['file:///etc/passwd', []],
  ['smb://server/share', []],
  ['ms-msdt:/id', []],
  ['app://resnet-lab/', []],
  ['', []],
])('No window opens for %j; only the web goes to the browser.', async (url, opened) => {
  const { electron } = await stage();
  expect(electron.window.webContents.open(url)).toBe('deny');
  expect(electron.opened).toEqual(opened);
});

test('No web view is attached, and the page can not keep the window open.', async () => {
  const { electron } = await stage();
  const attached = new PreventableEvent();
  electron.window.webContents.emit('will-attach-webview', attached, {}, {});
  expect(attached.defaultPrevented).toBe(true);
  const unload = new PreventableEvent();
  electron.window.webContents.emit('will-prevent-unload', unload);
  expect(unload.defaultPrevented).toBe(true);
});

test.each([
  ['clipboard-sanitized-write', 'app://resnet-lab/', true, true],
  ['clipboard-sanitized-write', 'app://resnet-lab/', false, false],
  ['clipboard-sanitized-write', 'https://example.com/', true, false],
  ['clipboard-read', 'app://resnet-lab/', true, false],
  ['notifications', 'app://resnet-lab/', true, false],
  ['media', 'app://resnet-lab/', true, false],
  ['geolocation', 'app://resnet-lab/', true, false],
  ['openExternal', 'app://resnet-lab/', true, false],
  ['unknown', 'app://resnet-lab/', true, false],
])('%s for %s (main frame: %s) is permitted: %s.', async (permission, url, isMainFrame, wanted) => {
  const { electron } = await stage();
  let given: boolean | undefined;
  electron.session.permissionRequest!(null, permission, (answer) => (given = answer), {
    isMainFrame,
    requestingUrl: url,
  });
  expect(given).toBe(wanted);
  const isOurs = url.startsWith('app://resnet-lab');
  expect(electron.session.permissionCheck!(null, permission, url, {})).toBe(
    isOurs && permission === 'clipboard-sanitized-write',
  );
  expect(electron.session.devicePermission!()).toBe(false);
});

test.each([
  ['app://resnet-lab/', true, ['video'], true],
  ['app://resnet-lab/', false, ['video'], false],
  ['https://example.com/', true, ['video'], false],
  ['app://resnet-lab/', true, ['audio'], false],
  ['app://resnet-lab/', true, ['video', 'audio'], false],
])(
  'Media of %s (main frame: %s), %j, are permitted: %s.',
  async (url, isMainFrame, media, wanted) => {
    const { electron } = await stage();
    let given: boolean | undefined;
    electron.session.permissionRequest!(null, 'media', (answer) => (given = answer), {
      isMainFrame,
      requestingUrl: url,
      mediaTypes: media,
    });
    expect(given).toBe(wanted);
    const mediaType = media.at(-1)!;
    expect(electron.session.permissionCheck!(null, 'media', url, { mediaType })).toBe(
      url.startsWith('app://resnet-lab') && mediaType === 'video',
    );
  },
);

test.each([
  ['blob:app://resnet-lab/6f3c', true],
  ['blob:https://example.com/6f3c', false],
  ['https://example.com/x.exe', false],
  ['data:text/csv,x', false],
])('The download of %s is saved where the user says: %s.', async (url, isAllowed) => {
  const { electron } = await stage();
  const event = new PreventableEvent();
  let options: unknown;
  electron.session.emit('will-download', event, {
    getURL: () => url,
    getFilename: () => '../loss.csv',
    setSaveDialogOptions: (given: unknown) => (options = given),
  });
  expect(event.defaultPrevented).toBe(!isAllowed);
  if (isAllowed) {
    expect(options).toEqual({
      title: 'Save loss.csv',
      defaultPath: '/home/someone/Downloads/loss.csv',
    });
  } else {
    expect(options).toBeUndefined();
  }
});

test.each([
  ['app://resnet-lab/', 'GET', 200],
  ['app://resnet-lab/index.html', 'GET', 200],
  ['app://resnet-lab/', 'POST', 405],
  ['app://other/index.html', 'GET', 404],
  ['app://resnet-lab/../page/index.html', 'GET', 404],
  ['app://resnet-lab/%2e%2e%2fpage/index.html', 'GET', 404],
  ['app://resnet-lab/nothing.js', 'GET', 404],
])(
  'The scheme answers %s (%s) with %i, under the policy of the page.',
  async (url, method, status) => {
    const { electron } = await stage();
    const response = await electron.protocolHandlers.get('app')!(new Request(url, { method }));
    expect(response.status).toBe(status);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  },
);
