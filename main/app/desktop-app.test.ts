import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { setStage, settle } from './testing/stage.ts';

test('The app opens one window, sandboxed and isolated, on its own scheme.', async () => {
  const stage = setStage();
  await stage.open();
  const { app, window, schemes, windows } = stage.electron;
  expect(windows).toHaveLength(1);
  expect(app.isSandboxed).toBe(true);
  expect(window.options.webPreferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webviewTag: false,
    spellcheck: false,
  });
  expect(schemes).toMatchObject([{ scheme: 'app', privileges: { standard: true, secure: true } }]);
  expect(window.webContents.url).toBe('app://resnet-lab/');
  await expect.poll(() => window.isShown).toBe(true);
  expect(stage.log).toEqual([]);
});

test('The library folder is that of --home, and so is the single instance.', async () => {
  const stage = setStage();
  await stage.open();
  expect(stage.services.options?.home).toBe(stage.home);
  expect(stage.electron.app.getPath('userData')).toBe(path.join(stage.home, 'window'));
});

test('A second start hands over what it was given and ends at once, without services.', () => {
  const stage = setStage();
  stage.electron.app.holdsLock = false;
  stage.start(['flowers', '--enable-features=X']);
  expect(stage.electron.app.exitCode).toBe(0);
  expect(stage.electron.app.handedOver).toEqual({ open: [path.join(stage.folder, 'flowers')] });
  expect(stage.services.options).toBeUndefined();
});

test('The first start shows its window and opens what the second was given.', async () => {
  const stage = setStage();
  await stage.open();
  const { app, window, windows } = stage.electron;
  window.minimize();
  app.emit('second-instance', {}, ['chromium', 'reorders'], '/', { open: ['/data/flowers'] });
  expect(window.isMinimized()).toBe(false);
  expect(window.focusCount).toBe(1);
  expect(windows).toHaveLength(1);
  expect(await stage.page().received(1)).toEqual([{ kind: 'open', path: '/data/flowers' }]);
});

test.each([[undefined], [null], [{ open: 'x' }], [{ open: [1] }], ['x']])(
  'A second start that says %j only shows the window.',
  async (data) => {
    const stage = setStage();
    await stage.open();
    stage.electron.app.emit('second-instance', {}, [], '/', data);
    expect(stage.electron.window.focusCount).toBe(1);
    const page = stage.page();
    await page.client.call('app.settings', {});
    expect(page.requests).toEqual([]);
  },
);

test('What the app was started with waits for the page.', async () => {
  const stage = setStage();
  await stage.open(['/data/a', 'b.zip']);
  expect(await stage.page().received(2)).toEqual([
    { kind: 'open', path: '/data/a' },
    { kind: 'open', path: path.join(stage.folder, 'b.zip') },
  ]);
});

test('A library that can not be opened is reported, and the app ends.', async () => {
  const stage = setStage();
  stage.start([], {
    openServices: () => Promise.reject(new Error('The library is in use by another process.')),
  });
  stage.electron.ready();
  await settle();
  expect(stage.electron.errorBoxes).toEqual([
    'ResNet Lab could not be started: The library is in use by another process.',
  ]);
  expect(stage.electron.app.exitCode).toBe(1);
});

test('A folder that can not be written to is reported before anything else.', () => {
  const stage = setStage();
  fs.writeFileSync(stage.home, 'a file where the folder should be');
  stage.start();
  expect(stage.electron.errorBoxes[0]).toContain("can't be used");
  expect(stage.electron.app.exitCode).toBe(1);
});

test('A page that was not built is reported.', async () => {
  const stage = setStage();
  fs.rmSync(path.join(stage.folder, 'page'), { recursive: true });
  await stage.open();
  const question = await stage.electron.question();
  expect(question.options.message).toContain('could not be loaded');
  // In a window that can be seen, not behind a lock that keeps the next start away.
  expect(stage.electron.window.isShown).toBe(true);
  question.answer('Try again');
  const again = await stage.electron.question();
  again.answer('Quit');
  await expect.poll(() => stage.electron.app.exitCode).toBe(0);
});

test('The theme of the settings is that of the window and of its menu.', async () => {
  const stage = setStage();
  stage.services.settings = { ...stage.services.settings, theme: 'dark' };
  await stage.open();
  const { electron } = stage;
  const checked = (): unknown =>
    electron.menu
      .flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []))
      .flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []))
      .find((item) => item.checked)?.label;
  expect(electron.nativeTheme.themeSource).toBe('dark');
  expect(checked()).toBe('Dark');
  await stage.page().client.call('app.changeSettings', { theme: 'light' });
  expect(electron.nativeTheme.themeSource).toBe('light');
  expect(checked()).toBe('Light');
});

test('The page picks folders and reveals files with the dialogs of the system.', async () => {
  const stage = setStage();
  await stage.open();
  const { client } = stage.page();
  const { electron } = stage;
  expect(await client.call('app.pickFolder', { title: 'Open a dataset' })).toEqual({ path: null });
  electron.picked = ['/data/flowers'];
  expect(await client.call('app.pickFolder', { title: 'Open a file', kind: 'file' })).toEqual({
    path: '/data/flowers',
  });
  expect(electron.pickers.map(({ properties }) => properties)).toEqual([
    ['openDirectory'],
    ['openFile'],
  ]);
  await client.call('app.revealFile', { path: stage.folder });
  expect(electron.revealed).toEqual([stage.folder]);
  await expect(client.call('app.revealFile', { path: '/no/such' })).rejects.toMatchObject({
    code: 'no-such-file',
    path: '/no/such',
  });
});

test('On macOS one dialog picks both, and a closed window leaves the app in the dock.', async () => {
  const stage = setStage();
  await stage.open([], { platform: 'darwin' });
  const { electron } = stage;
  await stage.page().client.call('app.pickFolder', { title: 'Open a dataset' });
  expect(electron.pickers[0]?.properties).toEqual(['openFile', 'openDirectory']);
  electron.window.close();
  expect(electron.app.exitCode).toBeUndefined();
  electron.app.emit('activate', {}, false);
  expect(electron.windows).toHaveLength(1);
  const opened = { preventDefault: () => undefined };
  electron.app.emit('open-file', opened, '/data/flowers');
  expect(await stage.page().received(1)).toEqual([{ kind: 'open', path: '/data/flowers' }]);
});

test('The end of Chromium’s GPU process is told in the page; of others, and of a clean one, only the log knows.', async () => {
  const stage = setStage();
  await stage.open();
  const { app } = stage.electron;
  const page = stage.page();
  app.emit('child-process-gone', {}, { type: 'Utility', reason: 'crashed' });
  app.emit('child-process-gone', {}, { type: 'GPU', reason: 'clean-exit' });
  app.emit('child-process-gone', {}, { type: 'GPU', reason: 'crashed' });
  expect(await page.received(1)).toEqual([
    { kind: 'note', message: expect.stringContaining('training is not affected') as string },
  ]);
  expect(stage.log).toEqual([
    'A process of Chromium is gone (Utility, crashed). Runs go on.',
    'A process of Chromium is gone (GPU, clean-exit). Runs go on.',
    'A process of Chromium is gone (GPU, crashed). Runs go on.',
  ]);
});

test('Every item of the menu does something, and no two share an accelerator.', async () => {
  const stage = setStage();
  await stage.open();
  const items = stage.electron.menu
    .flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []))
    .flatMap((item) => (Array.isArray(item.submenu) ? item.submenu : [item]))
    .filter(({ type }) => type !== 'separator');
  const page = stage.page();
  const ours = items.filter(({ click }) => click !== undefined);
  for (const item of items) expect(item.role ?? item.click, item.label).toBeDefined();
  const accelerators = items.map(({ accelerator }) => accelerator).filter(Boolean);
  expect(new Set(accelerators).size).toBe(accelerators.length);
  for (const { click } of ours) (click as () => void)();
  const requests = await page.received(ours.length);
  expect(new Set(requests.map((request) => JSON.stringify(request))).size).toBe(ours.length);
  expect(requests).toContainEqual({ kind: 'show', page: 'newRun' });
  expect(requests).toContainEqual({ kind: 'pickDataset' });
  expect(requests).toContainEqual({ kind: 'theme', theme: 'dark' });
});
