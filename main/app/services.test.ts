import { expect, test } from 'vitest';
import { openDesktopServices } from './services.ts';
import { setStage } from './testing/stage.ts';

test('The window serves the whole contract over its port, keeps settings and closes the library.', async () => {
  const stage = setStage();
  const complaints: string[] = [];
  const openServices: Parameters<typeof stage.open>[1] = {
    openServices: (options) => openDesktopServices(options, (text) => complaints.push(text)),
  };
  await stage.open(['/data/flowers'], openServices);
  const page = stage.page();
  const { client } = page;
  expect(await client.call('app.info', {})).toMatchObject({
    libraryFolder: stage.home,
    capabilities: { pickFolder: true, dropPath: true, revealFile: true, printPdf: true },
  });
  expect(await client.call('runs.list', {})).toEqual({ runs: [], damaged: [] });
  expect(await page.received(1)).toEqual([{ kind: 'open', path: '/data/flowers' }]);
  expect(await client.call('app.pickFolder', { title: 'Open' })).toEqual({ path: null });
  await client.call('app.changeSettings', { theme: 'light' });
  expect(stage.electron.nativeTheme.themeSource).toBe('light');
  stage.electron.window.close();
  await expect.poll(() => stage.electron.app.exitCode, { timeout: 5000 }).toBe(0);
  expect(stage.log).toEqual([]);
  expect(complaints).toEqual([]);
});
