// The system's own dialogs and file manager, as answers to the contract.
import fs from 'node:fs';
import path from 'node:path';
import type { BrowserWindow, dialog, OpenDialogOptions, Session, shell } from 'electron';
import { inputError } from '../../shared/errors.ts';
import { PAGE_ORIGIN } from './guard.ts';

export interface DialogParts {
  readonly dialog: Pick<typeof dialog, 'showOpenDialog'>;
  readonly shell: Pick<typeof shell, 'showItemInFolder'>;
  readonly platform: NodeJS.Platform;
  /** Dialogs belong to it while there is one. */
  readonly window: () => BrowserWindow | undefined;
}

export interface PickOptions {
  readonly title: string;
  readonly kind: 'folder' | 'file';
}

export async function pickPath(
  { dialog, platform, window }: DialogParts,
  { title, kind }: PickOptions,
): Promise<string | null> {
  const options: OpenDialogOptions = {
    title,
    message: title,
    // Only macOS has a dialog for both at once.
    properties:
      platform === 'darwin'
        ? ['openFile', 'openDirectory']
        : [kind === 'folder' ? 'openDirectory' : 'openFile'],
  };
  const owner = window();
  const { canceled, filePaths } =
    owner === undefined
      ? await dialog.showOpenDialog(options)
      : await dialog.showOpenDialog(owner, options);
  return canceled ? null : (filePaths[0] ?? null);
}

export function revealFile({ shell }: DialogParts, file: string): void {
  if (!path.isAbsolute(file) || !fs.existsSync(file)) {
    throw inputError('no-such-file', `${file} is not there any more, so it can't be shown.`, {
      path: file,
    });
  }
  shell.showItemInFolder(file);
}

/** What the page offers as a download is saved where the user says; nothing else is downloaded. */
export function askWhereToSave(
  session: Pick<Session, 'on'>,
  folder: () => string,
  log: (sentence: string) => void,
): void {
  session.on('will-download', (event, item) => {
    if (!item.getURL().startsWith(`blob:${PAGE_ORIGIN}/`)) {
      event.preventDefault();
      log(`The download of ${item.getURL()} was refused.`);
      return;
    }
    const name = path.basename(item.getFilename());
    item.setSaveDialogOptions({ title: `Save ${name}`, defaultPath: path.join(folder(), name) });
  });
}
