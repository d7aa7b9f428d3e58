// Runs in the sandboxed page before any of its scripts. It hands the page one end of a port and the
// paths of dropped files; everything else is the contract spoken over that port. Keep it that way: what
// is exposed here is exposed to whatever may ever run in the page.
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import {
  BRIDGE_NAME,
  CONNECT_CHANNEL,
  PORT_MESSAGE,
  type DesktopBridge,
} from '../../shared/contract/app/bridge.ts';

/** The window's own; the type library of the DOM would clash with Node's in this folder's project. */
const page = globalThis as unknown as {
  postMessage(message: unknown, targetOrigin: string, transfer: readonly unknown[]): void;
};

const bridge: DesktopBridge = {
  connect: () => {
    const { port1, port2 } = new MessageChannel();
    ipcRenderer.postMessage(CONNECT_CHANNEL, null, [port1]);
    // Ports can't cross the context bridge, but they can cross from this world to the page's. The
    // receiver is this very window, which can't navigate away from our origin.
    page.postMessage(PORT_MESSAGE, '*', [port2]);
  },
  pathForFile: (file) => {
    const path = webUtils.getPathForFile(file as Parameters<typeof webUtils.getPathForFile>[0]);
    return path === '' ? null : path;
  },
};

contextBridge.exposeInMainWorld(BRIDGE_NAME, bridge);
