import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { windowPrinter } from './print-window.ts';

/** As much of a window as printing needs; `load` is what its document tries. */
function printing(load: (window: FakeWindow) => Promise<void>) {
  const windows: FakeWindow[] = [];
  class Window extends FakeWindow {
    readonly options: object;
    constructor(options: object) {
      super(load);
      this.options = options;
      windows.push(this);
    }
  }
  return { windows, print: windowPrinter({ BrowserWindow: Window as never }) };
}

class FakeWindow {
  isGone = false;
  seen = '';
  url = '';
  ask: (details: { url: string }, answer: (given: { cancel: boolean }) => void) => void = () =>
    undefined;
  readonly webContents = {
    session: {
      webRequest: { onBeforeRequest: (listener: FakeWindow['ask']) => void (this.ask = listener) },
    },
    printToPDF: () => Promise.resolve(Buffer.from(`%PDF- ${this.seen}`)),
  };
  readonly load: (window: FakeWindow) => Promise<void>;
  constructor(load: (window: FakeWindow) => Promise<void>) {
    this.load = load;
  }
  async loadURL(url: string): Promise<void> {
    this.url = url;
    this.seen = fs.readFileSync(fileURLToPath(url), 'utf8');
    await this.load(this);
  }
  isCancelled(url: string): boolean {
    let isCancelled = false;
    this.ask({ url }, ({ cancel }) => (isCancelled = cancel));
    return isCancelled;
  }
  destroy(): void {
    this.isGone = true;
  }
  isDestroyed(): boolean {
    return this.isGone;
  }
}

const signal = new AbortController().signal;

test('A hidden window prints the document and nothing of it stays.', async () => {
  const { windows, print } = printing(() => Promise.resolve());
  const pdf = await print({ html: '<p>n = 3</p>', signal });
  expect(Buffer.from(pdf).toString()).toBe('%PDF- <p>n = 3</p>');
  const [window] = windows;
  expect(window).toMatchObject({ isGone: true, options: { show: false } });
  expect(fs.existsSync(fileURLToPath(window!.url))).toBe(false);
});

test('The document reaches no network and no other file.', async () => {
  const answers: boolean[] = [];
  const { print } = printing((window) => {
    for (const url of ['https://example.org/x.png', 'file:///etc/hosts', window.url, 'data:,x']) {
      answers.push(window.isCancelled(url));
    }
    return Promise.resolve();
  });
  await print({ html: '', signal });
  expect(answers).toEqual([true, true, false, false]);
});

test('What can not be printed is a sentence, what was stopped is no failure.', async () => {
  const failing = printing(() => Promise.reject(new Error('ERR_FAILED')));
  await expect(failing.print({ html: '', signal })).rejects.toMatchObject({
    code: 'print-failed',
    message: 'The document could not be printed: ERR_FAILED.',
  });
  const stop = new AbortController();
  const stopping = printing((window) => {
    stop.abort();
    expect(window.isGone).toBe(true);
    return Promise.reject(new Error('Object has been destroyed'));
  });
  await expect(stopping.print({ html: '', signal: stop.signal })).rejects.toMatchObject({
    code: 'cancelled',
  });
});

test('Documents that are printed at once do not share a session, and its filter.', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const { windows, print } = printing(() => held);
  const both = [print({ html: 'a', signal }), print({ html: 'b', signal })];
  await expect.poll(() => windows.every(({ url }) => url !== '') && windows.length).toBe(2);
  expect(new Set(windows.map(partitionOf)).size).toBe(2);
  const [first, second] = windows;
  expect(first?.isCancelled(first.url)).toBe(false);
  expect(first?.isCancelled(second?.url ?? '')).toBe(true);
  release();
  await Promise.all(both);
  // A session that is free again is used again.
  await print({ html: 'c', signal });
  expect(partitionOf(windows[2])).toBe(partitionOf(windows[0]));
});

function partitionOf(window: FakeWindow | undefined): unknown {
  const { options } = window as unknown as { options: { webPreferences: { partition: string } } };
  return options.webPreferences.partition;
}
