import fs from 'node:fs';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { PreventableEvent } from './testing/fake-electron.ts';
import { setStage, settle, type Stage } from './testing/stage.ts';

async function stageWith(activeRuns: number): Promise<Stage> {
  const stage = setStage();
  await stage.open();
  stage.services.active = activeRuns;
  return stage;
}

/** The order in which the end came. */
function history(stage: Stage): string[] {
  const seen: string[] = [];
  const { app, window } = stage.electron;
  for (const name of ['before-quit', 'will-quit', 'quit']) app.on(name, () => seen.push(name));
  window.on('closed', () => seen.push('closed'));
  return seen;
}

test('With nothing to lose the app quits without a question, after the library is closed.', async () => {
  const stage = await stageWith(0);
  const seen = history(stage);
  stage.electron.window.close();
  expect(stage.electron.windows).toHaveLength(1);
  await expect.poll(() => stage.electron.app.exitCode).toBe(0);
  expect(stage.services.closeCount).toBe(1);
  expect(seen).toEqual(['before-quit', 'before-quit', 'closed', 'will-quit', 'quit']);
});

test('A run that is being trained is asked about, and training goes on if so decided.', async () => {
  const stage = await stageWith(1);
  stage.electron.window.close();
  const question = await stage.electron.question();
  expect(question.options).toMatchObject({
    message: 'A run is being trained.',
    buttons: ['Quit', 'Keep training'],
    defaultId: 1,
    cancelId: 1,
  });
  question.answer('Keep training');
  await settle();
  expect(stage.electron.windows).toHaveLength(1);
  expect(stage.services.closeCount).toBe(0);
  // Asked again the next time.
  stage.electron.app.quit();
  (await stage.electron.question()).answer('Keep training');
  await settle();
  expect(stage.electron.app.exitCode).toBeUndefined();
});

test('Who insists while being asked is not asked twice.', async () => {
  const stage = await stageWith(2);
  for (let i = 0; i < 3; i++) {
    stage.electron.app.quit();
    stage.electron.window.close();
  }
  const question = await stage.electron.question();
  expect(question.options.message).toBe('2 runs are being trained.');
  expect(stage.electron.pendingQuestions).toBe(0);
  question.answer('Quit');
  await expect.poll(() => stage.electron.app.exitCode).toBe(0);
  expect(stage.services.closeCount).toBe(1);
});

test('The window stays until the checkpoints are written, and says why.', async () => {
  const stage = await stageWith(1);
  let written = (): void => undefined;
  stage.services.closing = new Promise((resolve) => (written = resolve));
  const page = stage.page();
  stage.electron.app.quit();
  (await stage.electron.question()).answer('Quit');
  expect(await page.received(1)).toEqual([
    { kind: 'note', message: 'Writing checkpoints; the window closes then.' },
  ]);
  stage.electron.app.quit();
  stage.electron.window.close();
  await settle();
  expect(stage.electron.windows).toHaveLength(1);
  written();
  await expect.poll(() => stage.electron.app.exitCode).toBe(0);
  expect(stage.services.closeCount).toBe(1);
});

test('What can not be saved is reported, and the app quits after that.', async () => {
  const stage = await stageWith(1);
  stage.services.closing = Promise.reject(new Error('The disk is full.'));
  stage.services.closing.catch(() => undefined);
  stage.electron.app.quit();
  (await stage.electron.question()).answer('Quit');
  const report = await stage.electron.question();
  expect(report.options.detail).toContain('The disk is full.');
  report.answer('OK');
  await expect.poll(() => stage.electron.app.exitCode).toBe(0);
  expect(stage.log).toContain('Closing failed: The disk is full.');
});

test('A shutdown that takes long can be waited for or given up.', async () => {
  const stage = await stageWith(1);
  stage.services.closing = new Promise(() => undefined);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    stage.electron.app.quit();
    (await stage.electron.question()).answer('Quit');
    await vi.advanceTimersByTimeAsync(30_000);
    (await stage.electron.question()).answer('Wait');
    await vi.advanceTimersByTimeAsync(29_000);
    expect(stage.electron.pendingQuestions).toBe(0);
    await vi.advanceTimersByTimeAsync(1_000);
    (await stage.electron.question()).answer('Quit now');
    await vi.advanceTimersByTimeAsync(0);
  } finally {
    vi.useRealTimers();
  }
  await expect.poll(() => stage.electron.app.exitCode).toBe(0);
});

test('The question whether to wait goes away when there is nothing to wait for any more.', async () => {
  const stage = await stageWith(1);
  let written = (): void => undefined;
  stage.services.closing = new Promise((resolve) => (written = resolve));
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    stage.electron.app.quit();
    (await stage.electron.question()).answer('Quit');
    await vi.advanceTimersByTimeAsync(30_000);
    expect(stage.electron.pendingQuestions).toBe(1);
  } finally {
    vi.useRealTimers();
  }
  written();
  await expect.poll(() => stage.electron.app.exitCode).toBe(0);
  expect(stage.electron.pendingQuestions).toBe(0);
});

test('On macOS a closed window ends nothing; quitting from the dock asks all the same.', async () => {
  const stage = setStage();
  await stage.open([], { platform: 'darwin' });
  stage.services.active = 1;
  stage.electron.window.close();
  expect(stage.electron.windows).toHaveLength(0);
  stage.electron.app.quit();
  (await stage.electron.question()).answer('Quit');
  await expect.poll(() => stage.electron.app.exitCode).toBe(0);
});

test('Before the services are there, the app just quits.', () => {
  const stage = setStage();
  stage.start();
  stage.electron.app.quit();
  expect(stage.electron.app.exitCode).toBe(0);
});

test('A system that shuts down is asked to wait for the checkpoints, and nobody is asked.', async () => {
  const stage = await stageWith(1);
  let finish = (): void => undefined;
  stage.services.closing = new Promise((resolve) => (finish = resolve));
  const event = new PreventableEvent();
  stage.electron.powerMonitor.emit('shutdown', event);
  stage.electron.powerMonitor.emit('shutdown', event);
  expect(event.defaultPrevented).toBe(true);
  expect(stage.services.closeCount).toBe(1);
  // The session manager closes windows on its own.
  stage.electron.window.close();
  await settle();
  expect(stage.electron.windows).toHaveLength(1);
  finish();
  await expect.poll(() => stage.electron.app.exitCode).toBe(0);
  expect(stage.services.closeCount).toBe(1);
  expect(stage.electron.pendingQuestions).toBe(0);
});

test('A question that stands when the system shuts down decides nothing any more.', async () => {
  const stage = await stageWith(1);
  stage.electron.app.quit();
  const question = await stage.electron.question();
  stage.electron.powerMonitor.emit('shutdown', new PreventableEvent());
  question.answer('Keep training');
  await expect.poll(() => stage.electron.app.exitCode).toBe(0);
  expect(stage.services.closeCount).toBe(1);
});

test('What can not be saved when the system shuts down is in the log.', async () => {
  const stage = await stageWith(1);
  stage.services.closing = Promise.reject(new Error('The disk is full.'));
  stage.electron.powerMonitor.emit('shutdown', new PreventableEvent());
  await expect.poll(() => stage.electron.app.exitCode).toBe(0);
  expect(stage.log).toEqual(['Closing failed: The disk is full.']);
});

test('Windows logging out checkpoints without a question.', async () => {
  const stage = await stageWith(1);
  stage.electron.window.emit('session-end', {});
  expect(stage.services.closeCount).toBe(1);
});

test('The window comes back where it was.', async () => {
  const stage = await stageWith(0);
  stage.electron.window.bounds = { x: 40, y: 50, width: 1100, height: 700 };
  stage.electron.window.maximize();
  stage.electron.window.close();
  await expect.poll(() => stage.electron.app.exitCode).toBe(0);
  const file = path.join(stage.home, 'window', 'window.json');
  expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toEqual({
    bounds: { x: 40, y: 50, width: 1100, height: 700 },
    isMaximized: true,
  });
  const again = setStage();
  fs.cpSync(stage.home, again.home, { recursive: true });
  await again.open();
  expect(again.electron.window.options).toMatchObject({ x: 40, y: 50, width: 1100, height: 700 });
  expect(again.electron.window.isMaximized()).toBe(true);
});
