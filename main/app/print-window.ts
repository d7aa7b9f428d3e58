// A self-contained HTML document as PDF, by a window that nobody sees. The document is not trusted: it
// has a session of its own without a network, no preload script, and may read no file but itself.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { failure, messageOf } from '../../shared/errors.ts';
import type { PrintPdf } from '../host/print-pdf.ts';
import type { ElectronParts } from './electron-parts.ts';

export function windowPrinter({ BrowserWindow }: Pick<ElectronParts, 'BrowserWindow'>): PrintPdf {
  /** Sessions in use. A session has one filter of requests, so no two documents may share it. */
  const taken = new Set<number>();
  return async ({ html, signal }) => {
    // The lowest that is free: Electron keeps every session that there ever was.
    let place = 0;
    while (taken.has(place)) place++;
    taken.add(place);
    const folder = await mkdtemp(path.join(os.tmpdir(), 'resnet-lab-print-')).catch(
      (error: unknown) => {
        taken.delete(place);
        throw failure('print-failed', `The document could not be written: ${messageOf(error)}.`);
      },
    );
    const file = path.join(folder, 'document.html');
    const url = pathToFileURL(file).href;
    const window = new BrowserWindow({
      show: false,
      webPreferences: { partition: `print-${place}`, sandbox: true, contextIsolation: true },
    });
    const end = (): void => window.destroy();
    signal.addEventListener('abort', end, { once: true });
    try {
      await writeFile(file, html);
      window.webContents.session.webRequest.onBeforeRequest((details, answer) => {
        const isOwn = details.url === url || /^(data|blob):/.test(details.url);
        answer({ cancel: !isOwn });
      });
      await window.loadURL(url);
      const pdf = await window.webContents.printToPDF({
        printBackground: true,
        preferCSSPageSize: true,
      });
      return new Uint8Array(pdf);
    } catch (error) {
      if (signal.aborted) throw failure('cancelled', 'Printing was stopped.');
      throw failure('print-failed', `The document could not be printed: ${messageOf(error)}.`, {
        cause: error,
      });
    } finally {
      signal.removeEventListener('abort', end);
      if (!window.isDestroyed()) window.destroy();
      taken.delete(place);
      await rm(folder, { recursive: true, force: true });
    }
  };
}
