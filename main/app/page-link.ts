// Serves the contract to the page of the window over the port that its preload script hands in: one
// connection at a time, the newest. Whoever else asks is refused, and the reason is logged.
import type { IpcMain, MessagePortMain, WebContents } from 'electron';
import {
  appContract,
  CONTRACT_VERSION,
  type AppContract,
} from '../../shared/contract/app/index.ts';
import { CONNECT_CHANNEL } from '../../shared/contract/app/bridge.ts';
import type { Handlers } from '../../shared/rpc/contract-types.ts';
import { messagePortWire } from '../../shared/rpc/message-port-wire.ts';
import { serveContract, type ServedConnection } from '../../shared/rpc/server.ts';
import type { Log } from './electron-parts.ts';
import { refusalOf } from './guard.ts';

export interface PageLinkParts {
  readonly ipcMain: Pick<IpcMain, 'on'>;
  /** The contents of the window, while there is one. */
  readonly page: () => WebContents | undefined;
  readonly handlers: Handlers<AppContract>;
  readonly log: Log;
}

export interface PageLink {
  /** Ends the connection; the page is told that the host is gone. */
  close(): void;
}

export function servePage({ ipcMain, page, handlers, log }: PageLinkParts): PageLink {
  let current: ServedConnection | undefined;
  ipcMain.on(CONNECT_CHANNEL, (event) => {
    const [port] = event.ports;
    const refusal =
      refusalOf(event, page()) ??
      (event.ports.length === 1 ? undefined : `it brings ${event.ports.length} ports`);
    if (refusal !== undefined || port === undefined) {
      log(`A connection was refused: ${refusal ?? 'it brings no port'}.`);
      for (const refused of event.ports) refused.close();
      return;
    }
    current?.close();
    current = serve(port);
  });

  const serve = (port: MessagePortMain): ServedConnection =>
    serveContract(appContract, handlers, messagePortWire(port), {
      version: CONTRACT_VERSION,
      onInternalError: (error, name) => log(`${name} failed: ${explain(error)}`),
      onViolation: (error) => log(`The page was hung up on: ${error.message}`),
    });

  return { close: () => current?.close() };
}

/** For the log: with its stack, as it is a defect. */
function explain(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
