// The trainer's end of the wire below `host-link`: Node's process messages if it was forked, the parent
// port if it is a utility process of Electron. Messages pass unchecked here.

export interface HostWire {
  /** Resolves once the message is on its way. */
  post(message: object): Promise<void>;
  onMessage(listener: (message: unknown) => void): void;
  /** Without its host nobody could store what comes next, and nobody could stop it. */
  onLost(listener: () => void): void;
  /** Everything posted has arrived, and the process may end. */
  close(): void;
}

/**
 * The last word on a parent port, in both directions (main/app/utility-launcher.ts answers it). A
 * utility process must end itself (electron#47228) and what it posted just before may not arrive, so it
 * waits for the echo of its last message.
 */
const LAST_WORD = 'end';

/** What Electron puts on `process` in a utility process; typed here as only main/app may import it. */
export interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

/** Undefined if this process was not started by a host. */
export function openHostWire(): HostWire | undefined {
  const { parentPort } = process as { parentPort?: ParentPort };
  if (parentPort !== undefined) return parentPortWire(parentPort);
  return process.send === undefined ? undefined : processWire(process.send.bind(process));
}

function processWire(send: NonNullable<typeof process.send>): HostWire {
  return {
    post: (message) =>
      new Promise((resolve, reject) => {
        send(message, undefined, undefined, (error: Error | null) => {
          if (error) reject(error);
          else resolve();
        });
      }),
    onMessage: (listener) => void process.on('message', listener),
    onLost: (listener) => void process.on('disconnect', listener),
    close: () => {
      process.removeAllListeners('disconnect');
      process.disconnect();
    },
  };
}

function parentPortWire(port: ParentPort): HostWire {
  return {
    post: (message) => {
      port.postMessage(message);
      return Promise.resolve();
    },
    onMessage: (listener) => {
      port.on('message', ({ data }) => {
        if (data === LAST_WORD) process.exit();
        else listener(data);
      });
    },
    // Electron ends its utility processes itself when it goes.
    onLost: () => undefined,
    close: () => port.postMessage(LAST_WORD),
  };
}
