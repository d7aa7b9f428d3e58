// The host services as the window has them: trainers in utility processes, answers from the desktop.
import { AppServices } from '../host/app-services.ts';
import { openHost } from '../host/open-host.ts';
import type { DesktopServices, ServiceOptions } from './desktop-app.ts';
import type { Log } from './electron-parts.ts';

export function openDesktopServices(
  { home, launcher, printPdf, desktop }: ServiceOptions,
  log: Log,
): DesktopServices {
  const host = openHost({ home, launcher, printPdf });
  const services = new AppServices(host.parts, {
    capabilities: { pickFolder: true, dropPath: true, revealFile: true, printPdf: true },
    desktop,
    onError: (error) => {
      log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    },
  });
  const close = async (): Promise<void> => {
    try {
      await services.close();
    } finally {
      host.close();
    }
  };
  let closing: Promise<void> | undefined;
  return {
    handlers: services.handlers,
    activeRuns: () => services.activeRuns(),
    // The system may log out while the user is quitting.
    close: () => (closing ??= close()),
  };
}
