// The life of the app in Electron, from the first start to the last run's checkpoint. Everything it
// does is in the files beside it; this one says when. Must be called before Electron is ready.
import fs from 'node:fs';
import path from 'node:path';
import type { BrowserWindow } from 'electron';
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
import { askWhereToSave, pickPath, revealFile } from './native-dialogs.ts';
import { servePage } from './page-link.ts';
import { registerPageScheme, servePageFiles } from './page-protocol.ts';
import type { DefectOptions } from '../host/defects.ts';
import { createPageRequests } from '../host/page-requests.ts';
import { confirmQuit, isWaitingWorthwhile, reportFailedShutdown } from './quit-dialogs.ts';
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
  const { electron, env, platform, log } = parts;
  const { app, dialog } = electron;
  const isMac = platform === 'darwin';
  const given = parseArguments(parts.argv.slice(app.isPackaged ? 1 : 2), parts.workingFolder);
  const home = homeFolder({ home: given.home, env, platform });
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

  const requests = createPageRequests();
  parts.watchDefects({
    logFile: path.join(home, 'defects.log'),
    onDefect: ({ sentence }) => {
      log(sentence);
      requests.send({ kind: 'note', message: sentence });
    },
  });
  let window: BrowserWindow | undefined;
  let quitting: QuitFlow | undefined;
  let show = (): void => undefined; // until there is something to show
  const open = (file: string): void => requests.send({ kind: 'open', path: file });
  given.open.forEach(open);

  registerPageScheme(electron.protocol);
  app.enableSandbox();
  app.on('web-contents-created', (_event, contents) => {
    guardContents(contents, { openExternal: (url) => electron.shell.openExternal(url), log });
  });
  // Those of printing too, and whatever comes later.
  app.on('session-created', (session) => guardSession(session, log));
  // Chromium starts it again by itself, or draws without it; trainings are other processes.
  app.on('child-process-gone', (_event, { type, reason }) => {
    log(`A process of Chromium is gone (${type}, ${reason}). Runs go on.`);
    if (type !== 'GPU' || reason === 'clean-exit') return;
    requests.send({
      kind: 'note',
      message:
        'The process that draws this window ended. It is started again, or drawing goes on without the graphics card and is slower; training is not affected.',
    });
  });
  app.on('second-instance', (_event, _argv, _folder, data) => {
    SecondStart.safeParse(data).data?.open.forEach(open);
    show();
  });
  app.on('open-file', (event, file) => {
    event.preventDefault();
    open(file);
    show();
  });
  app.on('activate', () => show());
  app.on('window-all-closed', () => {
    if (!isMac) app.quit();
  });
  app.on('before-quit', (event) => quitting?.onBeforeQuit(event));

  const begin = async (): Promise<void> => {
    await app.whenReady();
    const dialogs = { dialog, shell: electron.shell, platform, window: () => window };
    const services = await parts.openServices({
      home,
      launcher: utilityLauncher(electron.utilityProcess, parts.files.trainer),
      printPdf: windowPrinter(electron),
      desktop: {
        'app.requests': requests.handler,
        'app.pickFolder': async (options) => ({ path: await pickPath(dialogs, options) }),
        'app.revealFile': ({ path: file }) => {
          revealFile(dialogs, file);
          return Promise.resolve({});
        },
      },
    });
    const ask = (request: HostRequest): void => {
      show(); // on macOS the menu is there without a window
      requests.send(request);
    };
    const setTheme = (theme: Theme): void => {
      electron.nativeTheme.themeSource = theme;
      const template = menuTemplate({ platform, theme, ask });
      electron.Menu.setApplicationMenu(electron.Menu.buildFromTemplate(template));
    };
    const link = servePage({
      ipcMain: electron.ipcMain,
      page: () => window?.webContents,
      log,
      handlers: {
        ...services.handlers,
        'app.changeSettings': async (input, context) => {
          const settings = await services.handlers['app.changeSettings'](input, context);
          setTheme(settings.theme ?? 'system');
          return settings;
        },
      },
    });
    quitting = createQuitFlow({
      activeRuns: () => services.activeRuns(),
      confirm: (activeRuns) => {
        window?.show(); // the question belongs to it, and it may be minimized
        return confirmQuit(dialogs, activeRuns);
      },
      isWaitingWorthwhile: (over) => isWaitingWorthwhile(dialogs, over),
      report: (error) => {
        log(`Closing failed: ${messageOf(error)}`);
        return reportFailedShutdown(dialogs, error);
      },
      shutDown: async () => {
        if (services.activeRuns() > 0) {
          requests.send({ kind: 'note', message: 'Writing checkpoints; the window closes then.' });
        }
        await services.close();
        link.close();
      },
      quit: () => app.quit(),
      log,
    });
    const flow = quitting;
    // Linux and macOS wait a little for whoever asks for it; Electron's types leave the event out.
    electron.powerMonitor.on('shutdown', (...[event]: { preventDefault(): void }[]) => {
      event?.preventDefault();
      flow.onSystemEnd();
    });
    servePageFiles(electron.protocol, parts.files.page, log);
    guardSession(electron.session.defaultSession, log);
    askWhereToSave(electron.session.defaultSession, () => app.getPath('downloads'), log);
    app.setAboutPanelOptions({
      applicationName: 'ResNet Lab',
      applicationVersion: parts.version,
      copyright: '© 2026 The ResNet Lab authors, MIT license',
      iconPath: parts.files.icon,
    });
    keepAwake(electron.powerSaveBlocker, () => services.activeRuns());
    const settings = await services.handlers['app.settings']({}, ownContext());
    setTheme(settings.theme ?? 'system');
    show = () => {
      if (window === undefined) {
        window = openWindow({
          electron,
          url: `${PAGE_ORIGIN}/`,
          preloadFile: parts.files.preload,
          iconFile: parts.files.icon,
          stateFolder: windowFolder,
          requests,
          onPageGone: () => link.close(),
          closingQuits: !isMac,
          isLeaving: () => quitting?.isLeaving === true,
          log,
        });
        window.on('closed', () => (window = undefined));
        // Windows shuts down or logs out, and waits for nobody.
        window.on('session-end', () => flow.onSystemEnd());
        return;
      }
      if (window.isMinimized()) window.restore();
      window.show();
      window.focus();
    };
    show();
  };

  begin().catch((error: unknown) => {
    log(`The app could not be started: ${messageOf(error)}`);
    dialog.showErrorBox('ResNet Lab could not be started', messageOf(error));
    app.exit(1);
  });
}

/** For calls that the app itself makes. */
function ownContext(): CallContext {
  const { signal } = new AbortController();
  return { signal, client: { id: 'desktop', closed: signal } };
}
