// Connects the page to its host: over the port that a desktop window's preload script hands out, or
// else over a WebSocket to the page's own origin. The only module that knows which of the two it is.
import { BRIDGE_NAME, PORT_MESSAGE, type DesktopBridge } from '../../shared/contract/app/bridge.ts';
import { appContract, CONTRACT_VERSION } from '../../shared/contract/app/index.ts';
import { createClient, type Client } from '../../shared/rpc/client.ts';
import { messagePortWire } from '../../shared/rpc/message-port-wire.ts';
import { ReconnectingWire } from '../../shared/rpc/reconnecting-wire.ts';
import { webSocketWire } from '../../shared/rpc/web-socket-wire.ts';
import type { ConnectionState, Host } from './host.ts';

export interface Connection {
  readonly host: Host;
  /** Where a dropped file lies on the host, if the window can tell. */
  readonly pathForFile: (file: File) => string | null;
  /** Ends a pause between two attempts to come back. */
  readonly retryNow: () => void;
}

export async function connect(window: Window): Promise<Connection> {
  const bridge = (window as unknown as Partial<Record<string, DesktopBridge>>)[BRIDGE_NAME];
  const options = { version: CONTRACT_VERSION };
  if (bridge !== undefined) {
    const port = await requestPort(window, bridge);
    const client = createClient(appContract, messagePortWire(port), options);
    return {
      host: hostOf(client),
      pathForFile: (file) => bridge.pathForFile(file),
      retryNow: () => window.location.reload(),
    };
  }
  const wire = new ReconnectingWire({
    connect: () => webSocketWire(new WebSocket(socketAddress(window.location))),
  });
  window.addEventListener('online', () => wire.retryNow());
  const client = createClient(appContract, wire, options);
  return { host: hostOf(client), pathForFile: () => null, retryNow: () => wire.retryNow() };
}

/** The same place as the page, token and all. */
function socketAddress({ protocol, host, search }: Location): string {
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/rpc${search}`;
}

function requestPort(window: Window, bridge: DesktopBridge): Promise<MessagePort> {
  return new Promise((resolve) => {
    const onMessage = (event: MessageEvent): void => {
      const [port] = event.ports;
      if (event.source !== window || event.data !== PORT_MESSAGE || port === undefined) return;
      window.removeEventListener('message', onMessage);
      resolve(port);
    };
    window.addEventListener('message', onMessage);
    bridge.connect();
  });
}

export function hostOf(client: Client<typeof appContract>): Host {
  return {
    call: (name, input, options) => client.call(name, input, options),
    subscribe: (name, input, { onEvent, onEnd, onRestart }) => {
      const subscription = client.subscribe(name, input, {
        onEvent,
        onEnd: (error) => onEnd?.(error),
        onRestart: () => onRestart?.(),
      });
      return () => subscription.end();
    },
    onState: (listener) =>
      client.onState((state, { isFinal, error }) => {
        const now = ((): ConnectionState => {
          if (isFinal) return { kind: 'refused', reason: error?.message ?? 'The host is gone.' };
          switch (state) {
            case 'connecting':
              return { kind: 'connecting' };
            case 'ready':
              return { kind: 'open' };
            case 'lost':
            case 'mismatch':
              return { kind: 'lost' };
          }
        })();
        listener(now);
      }),
  };
}
