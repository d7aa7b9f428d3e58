// What the preload script of a desktop window gives the page beside the contract: a port to speak it
// over, and the path of a dropped file. A browser has no such object; the page looks for it to choose
// its wire, and asks `Capabilities` for everything else.

/** `window[BRIDGE_NAME]`, if the page is in a desktop window. */
export const BRIDGE_NAME = 'resnetLab';

/**
 * The `data` of the window's `message` event that brings the port (`event.ports[0]`); its `source` is
 * the window itself. The port is the page's own from then on; call `start()` or set `onmessage`.
 */
export const PORT_MESSAGE = 'resnet-lab:port';

/** The channel on which the preload script hands the other end to the host. */
export const CONNECT_CHANNEL = 'resnet-lab:connect';

export interface DesktopBridge {
  /** Asks for a port. Each call brings a new one and ends the one before. */
  connect(): void;
  /** Where a dropped or picked `File` lies, or null if it has no place on disk. */
  pathForFile(file: object): string | null;
}
