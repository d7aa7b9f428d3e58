// The window: how it is made, where it opens, and what happens when its page crashes or hangs. Training
// goes on meanwhile; a new page finds everything as it is.
import path from 'node:path';
import type { BrowserWindow } from 'electron';
import type { ElectronParts, Log } from './electron-parts.ts';
import type { PageRequests } from '../host/page-requests.ts';
import { placeWindow, readWindowState, smallestSize, writeWindowState } from './window-state.ts';

export interface WindowParts {
  readonly electron: Pick<
    ElectronParts,
    'app' | 'BrowserWindow' | 'dialog' | 'nativeTheme' | 'screen'
  >;
  readonly url: string;
  /** CommonJS: a sandboxed preload script can be nothing else. */
  readonly preloadFile: string;
  readonly iconFile: string;
  /** A folder of ours that exists. */
  readonly stateFolder: string;
  readonly requests: Pick<PageRequests, 'send'>;
  /** Its page will never say anything again; another one may come. */
  readonly onPageGone: () => void;
  /** False: closing the window only closes the window. */
  readonly closingQuits: boolean;
  /** True once nothing keeps the app open. */
  readonly isLeaving: () => boolean;
  readonly log: Log;
  readonly nowMs?: () => number;
}

/** More crashes than this within a minute: somebody should decide whether it makes sense to go on. */
const crashLimit = 3;
const crashWindowMs = 60_000;
/** `--surface-0` of the page, so that nothing flashes before its first paint. */
const background = { dark: '#0f1013', light: '#f6f7f8' } as const;

export function openWindow(parts: WindowParts): BrowserWindow {
  const { electron, log } = parts;
  const { BrowserWindow, nativeTheme, screen } = electron;
  const stateFile = path.join(parts.stateFolder, 'window.json');
  const main = screen.getPrimaryDisplay();
  const others = screen.getAllDisplays().filter(({ id }) => id !== main.id);
  const workAreas = [main, ...others].map((display) => display.workArea);
  const { isMaximized, ...place } = placeWindow(readWindowState(stateFile), workAreas);
  const window = new BrowserWindow({
    ...place,
    minWidth: smallestSize.width,
    minHeight: smallestSize.height,
    show: false,
    title: 'ResNet Lab',
    icon: parts.iconFile,
    backgroundColor: background[nativeTheme.shouldUseDarkColors ? 'dark' : 'light'],
    webPreferences: {
      preload: parts.preloadFile,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      // Its dictionaries would be fetched from the network.
      spellcheck: false,
    },
  });
  if (isMaximized) window.maximize();
  window.once('ready-to-show', () => window.show());
  window.on('close', (event) => {
    try {
      const state = { bounds: window.getNormalBounds(), isMaximized: window.isMaximized() };
      writeWindowState(stateFile, state);
    } catch (error) {
      log(`The window's place could not be remembered: ${String(error)}`);
    }
    if (!parts.closingQuits || parts.isLeaving()) return;
    // The page stays until it is decided whether to quit.
    event.preventDefault();
    electron.app.quit();
  });
  window.on('closed', () => parts.onPageGone());
  surviveCrashes(window, parts);
  surviveHangs(window, parts);
  load(window, parts);
  return window;
}

/** A window that stays hidden would keep the app alone in its library, and nobody would see why. */
function load(window: BrowserWindow, parts: WindowParts): void {
  const { url, electron, log } = parts;
  window.webContents.loadURL(url).catch((error: unknown) => {
    if (window.isDestroyed()) return;
    log(`The page could not be loaded: ${String(error)}`);
    window.show();
    const question = {
      type: 'error' as const,
      message: 'The page could not be loaded.',
      detail: `${String(error)}\nRuns go on without it.`,
      buttons: ['Try again', 'Quit'],
      defaultId: 0,
      cancelId: 1,
    };
    void electron.dialog.showMessageBox(window, question).then(({ response }) => {
      if (response === 1) electron.app.quit();
      else if (!window.isDestroyed()) load(window, parts);
    });
  });
}

function surviveCrashes(window: BrowserWindow, parts: WindowParts): void {
  const { electron, log, requests, nowMs = Date.now } = parts;
  let crashes: number[] = [];
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    log(`The page's process is gone (${reason}, exit code ${exitCode}).`);
    parts.onPageGone();
    const reload = (): void => {
      requests.send({
        kind: 'note',
        message: `The page had to be restarted (${words[reason] ?? reason}). Training went on.`,
      });
      window.webContents.reload();
    };
    const now = nowMs();
    crashes = [...crashes.filter((time) => now - time < crashWindowMs), now];
    if (crashes.length <= crashLimit) {
      reload();
      return;
    }
    crashes = [];
    const question = {
      type: 'error' as const,
      message: 'The page crashes again and again.',
      detail: 'Runs go on without it. "resnet-lab serve" shows the same page in a browser.',
      buttons: ['Restart the page', 'Quit'],
      defaultId: 0,
      cancelId: 0,
    };
    void electron.dialog.showMessageBox(window, question).then(({ response }) => {
      if (response === 1) electron.app.quit();
      else if (!window.isDestroyed()) reload();
    });
  });
}

const words: Readonly<Partial<Record<string, string>>> = {
  crashed: 'it crashed',
  oom: 'it ran out of memory',
  killed: 'it was ended',
};

function surviveHangs(window: BrowserWindow, { electron, log }: WindowParts): void {
  let question: AbortController | undefined;
  window.on('responsive', () => {
    question?.abort();
    question = undefined;
  });
  window.on('unresponsive', () => {
    if (question !== undefined) return;
    log('The page does not respond.');
    const asked = new AbortController();
    question = asked;
    const options = {
      type: 'warning' as const,
      message: 'The page does not respond.',
      detail: 'Runs go on meanwhile.',
      buttons: ['Wait', 'Restart the page'],
      defaultId: 0,
      cancelId: 0,
      signal: asked.signal,
    };
    void electron.dialog.showMessageBox(window, options).then(({ response }) => {
      if (question === asked) question = undefined;
      // What follows is a crash like any other.
      if (response === 1 && !window.isDestroyed()) window.webContents.forcefullyCrashRenderer();
    });
  });
}
