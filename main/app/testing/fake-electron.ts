// Stands in for Electron's main process in tests: what its documentation promises, in the documented
// order, and the documented refusals (too early, too late). Utility processes are real processes.
import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import type { MenuItemConstructorOptions, MessageBoxOptions, OpenDialogOptions } from 'electron';
import type { ElectronParts } from '../electron-parts.ts';
import { FakeContents } from './fake-contents.ts';
import { forkUtilityProcess } from './fake-utility-process.ts';

export class PreventableEvent {
  defaultPrevented = false;
  preventDefault(): void {
    this.defaultPrevented = true;
  }
}

export interface Question {
  readonly options: MessageBoxOptions;
  /** Clicks the button with this label. */
  answer(label: string): void;
}

type Rectangle = { x: number; y: number; width: number; height: number };

/** Everything a test looks at or does to the app from outside. */
export class FakeElectron {
  readonly app = new FakeApp(this);
  readonly windows: FakeWindow[] = [];
  readonly ipcMain = new EventEmitter();
  /** What `showErrorBox` said. */
  readonly errorBoxes: string[] = [];
  readonly revealed: string[] = [];
  readonly opened: string[] = [];
  readonly pickers: OpenDialogOptions[] = [];
  /** What the user picks next. */
  picked: string[] = [];
  menu: MenuItemConstructorOptions[] = [];
  displays: { id: number; workArea: Rectangle }[] = [
    { id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1040 } },
  ];
  readonly schemes: { scheme: string; privileges?: object }[] = [];
  readonly protocolHandlers = new Map<string, (request: Request) => Response | Promise<Response>>();
  readonly session = new FakeSession();
  readonly powerMonitor = new EventEmitter();
  readonly nativeTheme = { themeSource: 'system', shouldUseDarkColors: true };
  #questions: Question[] = [];
  #askers: ((question: Question) => void)[] = [];

  /** Electron has finished starting. */
  ready(): void {
    this.app.becomeReady();
  }

  /** The next message box that is on the screen. */
  question(): Promise<Question> {
    const waiting = this.#questions.shift();
    if (waiting !== undefined) return Promise.resolve(waiting);
    return new Promise((resolve) => this.#askers.push(resolve));
  }

  get pendingQuestions(): number {
    return this.#questions.length;
  }

  get window(): FakeWindow {
    const window = this.windows.at(-1);
    if (window === undefined) throw new Error('There is no window.');
    return window;
  }

  readonly parts = this.#parts();

  #parts(): ElectronParts {
    const parts = {
      app: this.app,
      BrowserWindow: windowClass(this),
      ipcMain: this.ipcMain,
      nativeTheme: this.nativeTheme,
      powerMonitor: this.powerMonitor,
      powerSaveBlocker: { start: () => 1, stop: () => true },
      dialog: {
        showErrorBox: (title: string, content: string) => {
          this.errorBoxes.push(`${title}: ${content}`);
        },
        showMessageBox: (...args: unknown[]) =>
          this.#showMessageBox(args.at(-1) as MessageBoxOptions),
        showOpenDialog: (...args: unknown[]) => {
          this.pickers.push(args.at(-1) as OpenDialogOptions);
          return Promise.resolve({
            canceled: this.picked.length === 0,
            filePaths: this.picked,
          });
        },
      },
      Menu: {
        buildFromTemplate: (template: MenuItemConstructorOptions[]) => template,
        setApplicationMenu: (template: MenuItemConstructorOptions[]) => (this.menu = template),
      },
      protocol: {
        registerSchemesAsPrivileged: (schemes: { scheme: string }[]) => {
          this.app.requireNotReady('protocol.registerSchemesAsPrivileged');
          if (this.schemes.length > 0) throw new Error('It can be called only once.');
          this.schemes.push(...schemes);
        },
        handle: (scheme: string, handler: (request: Request) => Response) => {
          this.app.requireReady('protocol.handle');
          this.protocolHandlers.set(scheme, handler);
        },
      },
      screen: {
        getAllDisplays: () => this.displays,
        getPrimaryDisplay: () => {
          this.app.requireReady('screen');
          return this.displays[0];
        },
      },
      session: { defaultSession: this.session },
      shell: {
        showItemInFolder: (file: string) => this.revealed.push(file),
        openExternal: (url: string) => {
          this.opened.push(url);
          return Promise.resolve();
        },
      },
      utilityProcess: {
        fork: (...args: Parameters<typeof forkUtilityProcess>) => {
          this.app.requireReady('utilityProcess.fork');
          return forkUtilityProcess(...args);
        },
      },
    };
    return parts as unknown as ElectronParts;
  }

  #showMessageBox(options: MessageBoxOptions): Promise<{ response: number }> {
    return new Promise((resolve) => {
      const question: Question = {
        options,
        answer: (label) => {
          const response = options.buttons?.indexOf(label) ?? -1;
          if (response < 0) throw new Error(`There is no button ${label}.`);
          resolve({ response });
        },
      };
      options.signal?.addEventListener('abort', () => {
        this.#questions = this.#questions.filter((other) => other !== question);
        resolve({ response: options.cancelId ?? 0 });
      });
      const asker = this.#askers.shift();
      if (asker === undefined) this.#questions.push(question);
      else asker(question);
    });
  }
}

class FakeApp extends EventEmitter {
  isPackaged = false;
  /** Whether this is the first start. */
  holdsLock = true;
  handedOver: unknown;
  exitCode: number | undefined;
  isSandboxed = false;
  name = '';
  readonly paths = new Map<string, string>([['downloads', '/home/someone/Downloads']]);
  readonly #electron: FakeElectron;
  #isReady = false;
  #isQuitting = false;

  constructor(electron: FakeElectron) {
    super();
    this.#electron = electron;
  }

  becomeReady(): void {
    this.#isReady = true;
    this.emit('ready', new PreventableEvent(), {});
  }

  requireReady(what: string): void {
    if (!this.#isReady) throw new Error(`${what} can't be used before the app is ready.`);
  }

  requireNotReady(what: string): void {
    if (this.#isReady) throw new Error(`${what} can only be used before the app is ready.`);
  }

  whenReady(): Promise<void> {
    if (this.#isReady) return Promise.resolve();
    return new Promise((resolve) => this.once('ready', () => resolve()));
  }

  setName(name: string): void {
    this.name = name;
  }

  setAppUserModelId(): void {}

  setAboutPanelOptions(): void {}

  setPath(name: string, path: string): void {
    if (!fs.existsSync(path)) throw new Error(`${path} does not exist.`);
    if (this.#isReady) throw new Error('userData is in use.');
    this.paths.set(name, path);
  }

  getPath(name: string): string {
    return this.paths.get(name)!;
  }

  requestSingleInstanceLock(data: unknown): boolean {
    if (!this.paths.has('userData')) throw new Error('The lock would be at the wrong place.');
    if (!this.holdsLock) this.handedOver = data;
    return this.holdsLock;
  }

  enableSandbox(): void {
    this.requireNotReady('app.enableSandbox');
    this.isSandboxed = true;
  }

  /** `before-quit`, then every window's `close`, `will-quit`, `quit`; each but the last may object. */
  quit(): void {
    if (this.#isQuitting || this.exitCode !== undefined) return;
    this.#isQuitting = true;
    if (!this.#asks('before-quit')) {
      this.#isQuitting = false;
      return;
    }
    for (const window of [...this.#electron.windows]) {
      window.close();
      if (!window.isDestroyed()) {
        this.#isQuitting = false;
        return;
      }
    }
    if (!this.#asks('will-quit')) {
      this.#isQuitting = false;
      return;
    }
    this.#end(0);
  }

  /** Nobody is asked. */
  exit(code = 0): void {
    for (const window of [...this.#electron.windows]) window.destroy();
    this.#end(code);
  }

  allWindowsClosed(): void {
    if (this.#isQuitting || this.exitCode !== undefined) return;
    if (!this.emit('window-all-closed')) this.quit();
  }

  #asks(name: string): boolean {
    const event = new PreventableEvent();
    this.emit(name, event);
    return !event.defaultPrevented;
  }

  #end(code: number): void {
    this.exitCode = code;
    this.emit('quit', new PreventableEvent(), code);
  }
}

export class FakeWindow extends EventEmitter {
  readonly webContents: FakeContents;
  readonly options: Rectangle & { webPreferences: object; show: boolean };
  bounds: Rectangle;
  isShown = false;
  focusCount = 0;
  #electron: FakeElectron;
  #isMaximized = false;
  #isMinimized = false;
  #isDestroyed = false;

  constructor(electron: FakeElectron, options: FakeWindow['options']) {
    super();
    electron.app.requireReady('BrowserWindow');
    this.#electron = electron;
    this.options = options;
    this.isShown = options.show;
    this.bounds = { x: options.x, y: options.y, width: options.width, height: options.height };
    this.webContents = new FakeContents(electron.protocolHandlers, () => {
      this.emit('ready-to-show');
    });
    electron.windows.push(this);
    electron.app.emit('web-contents-created', new PreventableEvent(), this.webContents);
    electron.app.emit('browser-window-created', new PreventableEvent(), this);
  }

  close(): void {
    const event = new PreventableEvent();
    this.emit('close', event);
    if (!event.defaultPrevented) this.destroy();
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.webContents.destroy();
    this.#electron.windows.splice(this.#electron.windows.indexOf(this), 1);
    this.emit('closed');
    if (this.#electron.windows.length === 0) this.#electron.app.allWindowsClosed();
  }

  isDestroyed(): boolean {
    return this.#isDestroyed;
  }

  show(): void {
    this.isShown = true;
  }

  focus(): void {
    this.focusCount++;
  }

  minimize(): void {
    this.#isMinimized = true;
  }

  restore(): void {
    this.#isMinimized = false;
  }

  isMinimized(): boolean {
    return this.#isMinimized;
  }

  maximize(): void {
    this.#isMaximized = true;
  }

  isMaximized(): boolean {
    return this.#isMaximized;
  }

  getNormalBounds(): Rectangle {
    return this.bounds;
  }
}

function windowClass(electron: FakeElectron) {
  return class extends FakeWindow {
    constructor(options: FakeWindow['options']) {
      super(electron, options);
    }
  };
}

type PermissionRequest = (
  contents: null,
  permission: string,
  answer: (isGranted: boolean) => void,
  details: { isMainFrame: boolean; requestingUrl: string; mediaTypes?: readonly string[] },
) => void;
type PermissionCheck = (
  contents: null,
  permission: string,
  origin: string,
  details: { readonly mediaType?: string },
) => boolean;

class FakeSession extends EventEmitter {
  permissionRequest: PermissionRequest | undefined;
  permissionCheck: PermissionCheck | undefined;
  devicePermission: (() => boolean) | undefined;

  setPermissionRequestHandler(handler: PermissionRequest): void {
    this.permissionRequest = handler;
  }

  setPermissionCheckHandler(handler: PermissionCheck): void {
    this.permissionCheck = handler;
  }

  setDevicePermissionHandler(handler: () => boolean): void {
    this.devicePermission = handler;
  }
}
