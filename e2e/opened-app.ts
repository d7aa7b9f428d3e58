// The app as a story opens it, whichever host it has: windows on one library, trainers that can be
// killed, and what was printed for when a story fails.
import { _electron, type Browser, type BrowserContextOptions, type Page } from '@playwright/test';
import { findElectron } from '../main/app/find-electron.ts';
import { childProcesses } from './processes.ts';
import { projectFolder, ServedApp } from './served-app.ts';

export interface OpenedApp {
  /** Another window or browser on the same library. */
  openWindow(): Promise<Page>;
  /** An address that lets in one browser of any kind; not for Electron, which shows its own pages. */
  letIn(): Promise<string>;
  /** Ids of the trainers' processes. */
  trainers(): readonly number[];
  /** Kills the host; not for Electron, whose windows go with it. */
  crash(): Promise<void>;
  startAgain(): Promise<void>;
  log(): string;
  close(): Promise<void>;
}

export function openServed(
  browser: Browser,
  options: { readonly library: string; readonly context: BrowserContextOptions },
): OpenedApp {
  const served = ServedApp.start(options.library);
  return {
    openWindow: async () => {
      // A context of its own is a browser of its own: it has to be let in.
      const context = await browser.newContext(options.context);
      const page = await context.newPage();
      await page.goto(await served.nextAddress());
      return page;
    },
    letIn: () => served.nextAddress(),
    trainers: () => served.trainers(),
    crash: () => served.crash(),
    startAgain: () => served.startAgain(),
    log: () => served.log,
    close: async () => {
      await Promise.all(browser.contexts().map((context) => context.close()));
      await served.close();
    },
  };
}

export async function openDesktop(library: string): Promise<OpenedApp> {
  const electron = findElectron();
  if ('reason' in electron) throw new Error(electron.reason);
  const app = await _electron.launch({
    executablePath: electron.path,
    args: [projectFolder, '--home', library],
  });
  let printed = '';
  const take = (chunk: Buffer): void => void (printed += chunk.toString());
  app.process().stdout?.on('data', take);
  app.process().stderr?.on('data', take);
  return {
    openWindow: () => app.firstWindow(),
    letIn: () => Promise.reject(new Error('Electron serves no pages.')),
    trainers: () =>
      childProcesses(app.process().pid ?? 0)
        .filter(({ command }) => command.includes('node.mojom.NodeService'))
        .map(({ id }) => id),
    crash: windowGoesToo,
    startAgain: windowGoesToo,
    log: () => printed,
    close: () => app.close(),
  };
}

function windowGoesToo(): Promise<void> {
  return Promise.reject(new Error('The window of Electron goes with its host.'));
}
