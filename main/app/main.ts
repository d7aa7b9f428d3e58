// The app's entry point, bundled as app.js: the one file of this folder that imports Electron itself, and
// that knows where the other programs lie. `start.mjs` calls it before Electron is ready.
import { fileURLToPath } from 'node:url';
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  nativeTheme,
  powerMonitor,
  powerSaveBlocker,
  protocol,
  screen,
  session,
  shell,
  utilityProcess,
} from 'electron';
import { codeVersion } from '../host/code-version.ts';
import { trainerFile } from '../host/program-files.ts';
import { watchDefects } from '../host/defects.ts';
import { startDesktopApp } from './desktop-app.ts';
import type { Log } from './electron-parts.ts';
import { openDesktopServices } from './services.ts';

const log: Log = (sentence) => console.error(`[app] ${sentence}`);

export function startApp(): void {
  startDesktopApp({
    electron: {
      app,
      BrowserWindow,
      dialog,
      ipcMain,
      Menu,
      nativeTheme,
      powerMonitor,
      powerSaveBlocker,
      protocol,
      screen,
      session,
      shell,
      utilityProcess,
    },
    argv: process.argv,
    workingFolder: process.cwd(),
    env: process.env,
    platform: process.platform,
    version: codeVersion,
    files: {
      // Siblings of the bundle and of its folder, in a checkout and in an installed app alike.
      page: beside('../renderer'),
      preload: beside('./preload.cjs'),
      trainer: trainerFile(),
      icon: beside('../../assets/icon.png'),
    },
    openServices: (options) => openDesktopServices(options, log),
    watchDefects,
    log,
  });
}

function beside(place: string): string {
  return fileURLToPath(new URL(place, import.meta.url));
}
