import { expect, test, vi } from 'vitest';
import { setStage, settle } from './testing/stage.ts';

test('A page that crashed is restarted and told so.', async () => {
  const stage = setStage();
  await stage.open();
  const { webContents } = stage.electron.window;
  const before = stage.page();
  await before.client.call('app.settings', {});
  webContents.crash();
  expect(webContents.reloadCount).toBe(1);
  expect(await stage.page().received(1)).toEqual([
    { kind: 'note', message: 'The page had to be restarted (it crashed). Training went on.' },
  ]);
  expect(before.requests).toEqual([]);
  expect(stage.log).toEqual(["The page's process is gone (crashed, exit code 139)."]);
  expect(stage.services.closeCount).toBe(0);
});

test('What nobody caught in the main process is logged and told, and the trainings go on.', async () => {
  const stage = setStage();
  await stage.open();
  stage.defect('Something went wrong.');
  expect(await stage.page().received(1)).toEqual([
    { kind: 'note', message: 'Something went wrong.' },
  ]);
  expect(stage.log).toEqual(['Something went wrong.']);
  expect(stage.services.closeCount).toBe(0);
});

test('A page whose process ended as it should is left alone.', async () => {
  const stage = setStage();
  await stage.open();
  stage.electron.window.webContents.crash('clean-exit');
  expect(stage.electron.window.webContents.reloadCount).toBe(0);
  expect(stage.log).toEqual([]);
});

test('A page that crashes again and again waits for a decision.', async () => {
  const stage = setStage();
  await stage.open();
  const { webContents } = stage.electron.window;
  for (let i = 0; i < 4; i++) webContents.crash('oom');
  expect(webContents.reloadCount).toBe(3);
  const question = await stage.electron.question();
  expect(question.options.message).toBe('The page crashes again and again.');
  question.answer('Restart the page');
  await settle();
  expect(webContents.reloadCount).toBe(4);
  for (let i = 0; i < 4; i++) webContents.crash('oom');
  (await stage.electron.question()).answer('Quit');
  await expect.poll(() => stage.electron.app.exitCode).toBe(0);
});

test('Crashes that are minutes apart are each mended without a question.', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    const stage = setStage();
    await stage.open();
    const { webContents } = stage.electron.window;
    for (let i = 0; i < 8; i++) {
      vi.setSystemTime(i * 61_000);
      webContents.crash();
    }
    expect(webContents.reloadCount).toBe(8);
    expect(stage.electron.pendingQuestions).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test('A page that hangs can be waited for; once it responds the question goes away.', async () => {
  const stage = setStage();
  await stage.open();
  const { window } = stage.electron;
  window.emit('unresponsive');
  window.emit('unresponsive');
  expect(stage.electron.pendingQuestions).toBe(1);
  window.emit('responsive');
  await settle();
  expect(stage.electron.pendingQuestions).toBe(0);
  expect(window.webContents.reloadCount).toBe(0);
  window.emit('unresponsive');
  (await stage.electron.question()).answer('Wait');
  await settle();
  expect(window.webContents.reloadCount).toBe(0);
});

test('A page that hangs can be restarted.', async () => {
  const stage = setStage();
  await stage.open();
  stage.electron.window.emit('unresponsive');
  (await stage.electron.question()).answer('Restart the page');
  await settle();
  expect(stage.electron.window.webContents.reloadCount).toBe(1);
  expect(await stage.page().received(1)).toMatchObject([{ kind: 'note' }]);
});

test('A page that reloads gets a port of its own; the one before is closed.', async () => {
  const stage = setStage();
  await stage.open();
  const first = stage.page();
  await first.client.call('app.settings', {});
  const second = stage.page();
  expect(await second.client.call('app.settings', {})).toMatchObject({ theme: 'system' });
  await expect(first.client.call('app.settings', {})).rejects.toMatchObject({
    code: 'connection-lost',
  });
});
