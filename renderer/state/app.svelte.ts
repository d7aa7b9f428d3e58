// The page's state in one object, made once and handed down as Svelte context: no module of the page
// holds state of its own, so a component test builds a small one.
import { createContext } from 'svelte';
import type { ConnectionState, Host } from '../client/host.ts';
import { Actions } from './actions.svelte.ts';
import { Router } from './router.svelte.ts';
import { RunsStore } from './runs.svelte.ts';
import { SettingsStore } from './settings.svelte.ts';
import { SystemStore } from './system.svelte.ts';
import { Theme } from './theme.svelte.ts';
import { Toasts } from './toasts.svelte.ts';

export class App {
  connection: ConnectionState = $state.raw({ kind: 'connecting' });
  readonly host: Host;
  readonly router: Router;
  readonly settings: SettingsStore;
  readonly theme: Theme;
  readonly runs: RunsStore;
  readonly system: SystemStore;
  readonly actions: Actions;
  readonly toasts = new Toasts();
  #endSubscriptions: readonly (() => void)[] = [];

  constructor(host: Host, window: Window) {
    this.host = host;
    this.router = new Router(window);
    this.settings = new SettingsStore({
      host,
      storage: window.localStorage,
      onError: (error) => this.#tell('Settings could not be saved', error),
    });
    this.theme = new Theme(window, this.settings);
    this.runs = new RunsStore(host, this.settings);
    this.system = new SystemStore(host);
    this.actions = new Actions({ isMac: /Mac|iP(hone|ad)/.test(window.navigator.platform) });
  }

  /** Connects, and takes everything up anew after a lost connection. */
  start(): void {
    this.host.onState((state) => {
      this.connection = state;
      if (state.kind === 'open') void this.#load();
    });
  }

  /** Does something on the host that the user asked for elsewhere; a failure becomes a note. */
  async attempt(what: string, work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.#tell(what, error);
      return false;
    }
  }

  async #load(): Promise<void> {
    for (const end of this.#endSubscriptions) end();
    const onEnd = (error: Error | undefined): void => {
      if (error !== undefined && this.connection.kind === 'open') {
        this.#tell('Live updates have stopped; reload the page', error);
      }
    };
    this.#endSubscriptions = [this.runs.start(onEnd), this.system.start(onEnd)];
    await this.attempt('The library could not be read', async () => {
      await this.settings.load();
      await Promise.all([this.runs.load(), this.system.load()]);
    });
  }

  #tell(title: string, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.toasts.show({ title, text, tone: 'bad' });
  }
}

export const [getApp, setApp] = createContext<App>();
