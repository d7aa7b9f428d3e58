// The host services as the window has them: trainers in utility processes, answers from the desktop.
import { createAppServices } from '../host/app-services.ts';
import { openHost } from '../host/open-host.ts';
import type { DesktopServices, ServiceOptions } from './desktop-app.ts';
import type { Log } from './electron-parts.ts';

export function openDesktopServices(
  { home, launcher, desktop }: ServiceOptions,
  log: Log,
): DesktopServices {
  const host = openHost({ home, launcher });
  const services = createAppServices(host.parts, {
    capabilities: { pickFolder: true, dropPath: true, revealFile: true, printPdf: true },
    desktop,
    onError: (error) => {
      log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    },
  });
  return {
    handlers: services.handlers,
    activeRuns: () => services.activeRuns(),
    close: async () => {
      try {
        await services.close();
      } finally {
        host.close();
      }
    },
  };
}
