// The life of the app in Electron, from the first start to the last run's checkpoint. Everything it
// does is in the files beside it; this one says when. Must be called before Electron is ready.
import fs from 'node:fs';
import path from 'node:path';
import type { BrowserWindow, Details } from 'electron';
import { z } from 'zod';
import { messageOf } from '../../shared/errors.ts';
import type { AppContract } from '../../shared/contract/app/index.ts';
import type { HostRequest, Theme } from '../../shared/contract/app/system.ts';
import type { CallContext, Handlers } from '../../shared/rpc/contract-types.ts';
import { homeFolder } from '../host/home.ts';
import type { PrintPdf } from '../host/print-pdf.ts';
import type { TrainerLauncher } from '../host/trainer-launcher.ts';
import { parseArguments } from './arguments.ts';
import type { ElectronParts, Log } from './electron-parts.ts';
import { guardContents, guardSession, PAGE_ORIGIN } from './guard.ts';
import { menuTemplate } from './menu.ts';
import { askWhereToSave, pickPath, revealFile, type DialogParts } from './native-dialogs.ts';
import { servePage, type PageLink } from './page-link.ts';
import { registerPageScheme, servePageFiles } from './page-protocol.ts';
import type { DefectOptions } from '../host/defects.ts';
import { createPageRequests } from '../host/page-requests.ts';
import {
  confirmQuit,
  isWaitingWorthwhile,
  reportFailedShutdown,
  type QuitDialogParts,
} from './quit-dialogs.ts';
import { windowPrinter } from './print-window.ts';
import { createQuitFlow, type QuitFlow } from './quit-flow.ts';
import { utilityLauncher } from './utility-launcher.ts';
import { keepAwake } from './keep-awake.ts';
import { openWindow } from './window.ts';

/** What the app needs of the host services. */
export interface DesktopServices {
  readonly handlers: Handlers<AppContract>;
  /** Runs that are being trained now. */
  activeRuns(): number;
  /** Lets every run write its checkpoint, ends the trainers and closes the library. */
  close(): Promise<void>;
}

export interface ServiceOptions {
  readonly home: string;
  readonly launcher: TrainerLauncher;
  readonly printPdf: PrintPdf;
  /** What only a desktop can answer. */
  readonly desktop: Pick<
    Handlers<AppContract>,
    'app.pickFolder' | 'app.revealFile' | 'app.requests'
  >;
}

export interface DesktopParts {
  readonly electron: ElectronParts;
  /** `process.argv`. */
  readonly argv: readonly string[];
  readonly workingFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly version: string;
  readonly files: {
    /** The built page. */
    readonly page: string;
    readonly preload: string;
    readonly trainer: string;
    readonly icon: string;
  };
  readonly openServices: (options: ServiceOptions) => DesktopServices | Promise<DesktopServices>;
  /** Hears of what nobody caught in this process. */
  readonly watchDefects: (options: DefectOptions) => void;
  readonly log: Log;
}

/** What a second start tells the first: its arguments, resolved where it was started. */
const SecondStart = z.object({ open: z.array(z.string()) });

export function startDesktopApp(parts: DesktopParts): void {
  const { app, dialog } = parts.electron;
  const given = parseArguments(parts.argv.slice(app.isPackaged ? 1 : 2), parts.workingFolder);
  const home = homeFolder({ home: given.home, env: parts.env, platform: parts.platform });
  const windowFolder = path.join(home, 'window');

  app.setName('ResNet Lab');
  app.setAppUserModelId('org.resnet-lab.app');
  try {
    // One app per library: two libraries may be open side by side.
    fs.mkdirSync(windowFolder, { recursive: true });
    app.setPath('userData', windowFolder);
  } catch (error) {
    dialog.showErrorBox('ResNet Lab', `${windowFolder} can't be used: ${messageOf(error)}`);
    app.exit(1);
    return;
  }
  if (!app.requestSingleInstanceLock({ open: given.open })) {
    app.exit(0);
    return;
  }
  const desktop = new DesktopApp(parts, home, windowFolder);
  desktop.listen();
  given.open.forEach((file) => desktop.open(file));
  desktop.begin().catch((error: unknown) => {
    parts.log(`The app could not be started: ${messageOf(error)}`);
    dialog.showErrorBox('ResNet Lab could not be started', messageOf(error));
    app.exit(1);
  });
}

/** The one app of a library: its window, what the system asks of it, and how it ends. */
class DesktopApp {
  readonly #parts: DesktopParts;
  readonly #home: string;
  readonly #windowFolder: string;
  readonly #dialogs: DialogParts & QuitDialogParts;
  readonly #requests = createPageRequests();
  #window: BrowserWindow | undefined;
  #quitting: QuitFlow | undefined;
  /** Undefined until there is something to show. */
  #link: PageLink | undefined;

  constructor(parts: DesktopParts, home: string, windowFolder: string) {
    this.#parts = parts;
    this.#home = home;
    this.#windowFolder = windowFolder;
    const { dialog, shell } = parts.electron;
    const { platform } = parts;
    this.#dialogs = { dialog, shell, platform, window: () => this.#window };
  }

  /** What must be heard before the app is ready. */
  listen(): void {
    const { electron, log, watchDefects } = this.#parts;
    const { app } = electron;
    watchDefects({
      logFile: path.join(this.#home, 'defects.log'),
      onDefect: ({ sentence }) => {
        log(sentence);
        this.#note(sentence);
      },
    });
    registerPageScheme(electron.protocol);
    app.enableSandbox();
    app.on('web-contents-created', (_event, contents) => {
      guardContents(contents, { openExternal: (url) => electron.shell.openExternal(url), log });
    });
    // Those of printing too, and whatever comes later.
    app.on('session-created', (session) => guardSession(session, log));
    app.on('child-process-gone', (_event, gone) => this.#onProcessGone(gone));
    app.on('second-instance', (_event, _argv, _folder, data) => {
      SecondStart.safeParse(data).data?.open.forEach((file) => this.open(file));
      this.#show();
    });
    app.on('open-file', (event, file) => {
      event.preventDefault();
      this.open(file);
      this.#show();
    });
    app.on('activate', () => this.#show());
    app.on('window-all-closed', () => {
      if (this.#parts.platform !== 'darwin') app.quit();
    });
    app.on('before-quit', (event) => this.#quitting?.onBeforeQuit(event));
  }

  open(file: string): void {
    this.#requests.send({ kind: 'open', path: file });
  }

  async begin(): Promise<void> {
    const { electron, files, log, version } = this.#parts;
    const { app } = electron;
    await app.whenReady();
    const services = await this.#openServices();
    const link = this.#servePage(services);
    this.#quitting = this.#quitFlow(services, link);
    // Linux and macOS wait a little for whoever asks for it; Electron's types leave the event out.
    electron.powerMonitor.on('shutdown', (...[event]: { preventDefault(): void }[]) => {
      event?.preventDefault();
      this.#quitting?.onSystemEnd();
    });
    servePageFiles(electron.protocol, files.page, log);
    guardSession(electron.session.defaultSession, log);
    askWhereToSave(electron.session.defaultSession, () => app.getPath('downloads'), log);
    app.setAboutPanelOptions({
      applicationName: 'ResNet Lab',
      applicationVersion: version,
      copyright: '© 2026 The ResNet Lab authors, MIT license',
      iconPath: files.icon,
    });
    keepAwake(electron.powerSaveBlocker, () => services.activeRuns());
    const settings = await services.handlers['app.settings']({}, ownContext());
    this.#setTheme(settings.theme ?? 'system');
    this.#link = link;
    this.#show();
  }

  async #openServices(): Promise<DesktopServices> {
    const { electron, files, openServices } = this.#parts;
    return openServices({
      home: this.#home,
      launcher: utilityLauncher(electron.utilityProcess, files.trainer),
      printPdf: windowPrinter(electron),
      desktop: {
        'app.requests': this.#requests.handler,
        'app.pickFolder': async (options) => ({ path: await pickPath(this.#dialogs, options) }),
        'app.revealFile': ({ path: file }) => {
          revealFile(this.#dialogs, file);
          return Promise.resolve({});
        },
      },
    });
  }

  #servePage({ handlers }: DesktopServices): PageLink {
    return servePage({
      ipcMain: this.#parts.electron.ipcMain,
      page: () => this.#window?.webContents,
      log: this.#parts.log,
      handlers: {
        ...handlers,
        'app.changeSettings': async (input, context) => {
          const settings = await handlers['app.changeSettings'](input, context);
          this.#setTheme(settings.theme ?? 'system');
          return settings;
        },
      },
    });
  }

  #quitFlow(services: DesktopServices, link: PageLink): QuitFlow {
    const { electron, log } = this.#parts;
    const dialogs = this.#dialogs;
    return createQuitFlow({
      activeRuns: () => services.activeRuns(),
      confirm: (activeRuns) => {
        this.#window?.show(); // the question belongs to it, and it may be minimized
        return confirmQuit(dialogs, activeRuns);
      },
      isWaitingWorthwhile: (over) => isWaitingWorthwhile(dialogs, over),
      report: (error) => {
        log(`Closing failed: ${messageOf(error)}`);
        return reportFailedShutdown(dialogs, error);
      },
      shutDown: async () => {
        if (services.activeRuns() > 0) this.#note('Writing checkpoints; the window closes then.');
        await services.close();
        link.close();
      },
      quit: () => electron.app.quit(),
      log,
    });
  }

  #show(): void {
    if (this.#link === undefined) return;
    if (this.#window === undefined) {
      this.#window = this.#openWindow(this.#link);
      return;
    }
    if (this.#window.isMinimized()) this.#window.restore();
    this.#window.show();
    this.#window.focus();
  }

  #openWindow(link: PageLink): BrowserWindow {
    const { electron, files, platform, log } = this.#parts;
    const window = openWindow({
      electron,
      url: `${PAGE_ORIGIN}/`,
      preloadFile: files.preload,
      iconFile: files.icon,
      stateFolder: this.#windowFolder,
      requests: this.#requests,
      onPageGone: () => link.close(),
      closingQuits: platform !== 'darwin',
      isLeaving: () => this.#quitting?.isLeaving === true,
      log,
    });
    window.on('closed', () => (this.#window = undefined));
    // Windows shuts down or logs out, and waits for nobody.
    window.on('session-end', () => this.#quitting?.onSystemEnd());
    return window;
  }

  #setTheme(theme: Theme): void {
    const { electron, platform } = this.#parts;
    electron.nativeTheme.themeSource = theme;
    const ask = (request: HostRequest): void => {
      this.#show(); // on macOS the menu is there without a window
      this.#requests.send(request);
    };
    const template = menuTemplate({ platform, theme, ask });
    electron.Menu.setApplicationMenu(electron.Menu.buildFromTemplate(template));
  }

  /** Chromium starts its processes again by itself, or draws without them; trainings are other processes. */
  #onProcessGone({ type, reason }: Pick<Details, 'type' | 'reason'>): void {
    this.#parts.log(`A process of Chromium is gone (${type}, ${reason}). Runs go on.`);
    if (type !== 'GPU' || reason === 'clean-exit') return;
    this.#note(
      'The process that draws this window ended. It is started again, or drawing goes on without the graphics card and is slower; training is not affected.',
    );
  }

  #note(message: string): void {
    this.#requests.send({ kind: 'note', message });
  }
}

/** For calls that the app itself makes. */
function ownContext(): CallContext {
  const { signal } = new AbortController();
  return { signal, client: { id: 'desktop', closed: signal } };
}
