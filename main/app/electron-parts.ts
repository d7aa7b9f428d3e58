// The parts of Electron that the app uses, handed in by main.ts, the one file of this folder that
// imports the module itself: importing it without its binary would start a download.
import type * as Electron from 'electron';

export type ElectronParts = Pick<
  typeof Electron,
  | 'app'
  | 'BrowserWindow'
  | 'dialog'
  | 'ipcMain'
  | 'Menu'
  | 'nativeTheme'
  | 'powerMonitor'
  | 'powerSaveBlocker'
  | 'protocol'
  | 'screen'
  | 'session'
  | 'shell'
  | 'utilityProcess'
>;

/** Where the app tells what it refused and what went wrong. */
export type Log = (sentence: string) => void;
