// The page of a window in tests: its frames, where it may go, how its process ends, and the port that a
// preload script would make.
import { EventEmitter } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';

export interface FakeFrame {
  readonly origin: string;
  readonly url: string;
  readonly parent: FakeFrame | null;
}

interface WindowRequest {
  readonly url: string;
}

export class FakeContents extends EventEmitter {
  url = '';
  loadCount = 0;
  reloadCount = 0;
  #handlers: ReadonlyMap<string, (request: Request) => Response | Promise<Response>>;
  #onPainted: () => void;
  #openHandler: ((request: WindowRequest) => { action: string }) | undefined;
  #isDestroyed = false;
  readonly ports: MessagePort[] = [];

  constructor(
    handlers: ReadonlyMap<string, (request: Request) => Response | Promise<Response>>,
    onPainted: () => void,
  ) {
    super();
    this.#handlers = handlers;
    this.#onPainted = onPainted;
  }

  /** Rejects, as documented, if the page fails to load. */
  async loadURL(url: string): Promise<void> {
    this.url = url;
    this.loadCount++;
    const handler = this.#handlers.get(new URL(url).protocol.slice(0, -1));
    const response = await handler?.(new Request(url));
    if (response?.ok !== true) throw new Error(`ERR_FAILED (-2) loading '${url}'`);
    if (this.loadCount === 1) this.#onPainted();
  }

  reload(): void {
    this.reloadCount++;
    this.#closePorts();
  }

  isDestroyed(): boolean {
    return this.#isDestroyed;
  }

  destroy(): void {
    this.#isDestroyed = true;
    this.#closePorts();
  }

  /** The other ends learn of it a moment later. */
  #closePorts(): void {
    for (const port of this.ports.splice(0)) port.close();
  }

  setWindowOpenHandler(handler: (request: WindowRequest) => { action: string }): void {
    this.#openHandler = handler;
  }

  /** The page calls `window.open`. */
  open(url: string): string {
    return this.#openHandler?.({ url }).action ?? 'allow';
  }

  crash(reason = 'crashed'): void {
    this.#closePorts();
    this.emit('render-process-gone', {}, { reason, exitCode: reason === 'clean-exit' ? 0 : 139 });
  }

  forcefullyCrashRenderer(): void {
    this.crash('killed');
  }

  readonly mainFrame: FakeFrame = {
    origin: 'app://resnet-lab',
    url: 'app://resnet-lab/',
    parent: null,
  };
}

/** A port as the main process gets it: an emitter whose messages wait until it is started. */
export class FakePortMain extends EventEmitter {
  isClosed = false;
  #port: MessagePort;

  constructor(port: MessagePort) {
    super();
    this.#port = port;
    port.on('close', () => {
      this.isClosed = true;
      this.emit('close');
    });
  }

  start(): void {
    this.#port.on('message', (data: unknown) => this.emit('message', { data, ports: [] }));
  }

  postMessage(message: unknown): void {
    this.#port.postMessage(message);
  }

  close(): void {
    this.#port.close();
  }
}

/** What a preload script does when the page asks to be connected. */
export function connectPage(
  ipcMain: EventEmitter,
  channel: string,
  contents: FakeContents,
  frame: FakeFrame | null = contents.mainFrame,
): { readonly page: MessagePort; readonly host: FakePortMain } {
  const { port1, port2 } = new MessageChannel();
  contents.ports.push(port2);
  const host = new FakePortMain(port1);
  ipcMain.emit(channel, { sender: contents, senderFrame: frame, ports: [host] }, null);
  return { page: port2, host };
}
