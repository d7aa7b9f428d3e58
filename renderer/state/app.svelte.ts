// The page's state in one object, made once and handed down as Svelte context: no module of the page
// holds state of its own, so a component test builds a small one.
import { createContext } from 'svelte';
import type { HostRequest } from '../../shared/contract/app/system.ts';
import type { Connection } from '../client/connect.ts';
import type { ConnectionState, Host } from '../client/host.ts';
import { IncomingDesk } from '../incoming/incoming.svelte.ts';
import { Actions } from './actions.svelte.ts';
import { LivePace, windowClock } from './live-pace.ts';
import { ReportDesk } from './report-desk.svelte.ts';
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
  readonly pace: LivePace;
  readonly toasts = new Toasts();
  readonly incoming: IncomingDesk;
  readonly reportDesk: ReportDesk;
  /** Where a dropped file lies on the host, if the window can tell. */
  readonly pathForFile: (file: File) => string | null;
  readonly retryConnection: () => void;
  #isListening = false;

  constructor({ host, pathForFile, retryNow }: Connection, window: Window) {
    this.host = host;
    this.pathForFile = pathForFile;
    this.retryConnection = retryNow;
    this.router = new Router(window);
    this.settings = new SettingsStore({
      host,
      storage: window.localStorage,
      onError: (error) => this.#tell('Settings could not be saved', error),
    });
    this.theme = new Theme(window, this.settings);
    this.pace = new LivePace(windowClock(window));
    this.runs = new RunsStore({ host, settings: this.settings, pace: this.pace });
    this.system = new SystemStore(host, this.pace);
    this.incoming = new IncomingDesk(this);
    this.reportDesk = new ReportDesk(this);
    this.actions = new Actions({ isMac: /Mac|iP(hone|ad)/.test(window.navigator.platform) });
  }

  /** Connects, and takes everything up anew after a lost connection. */
  start(): void {
    this.host.onState((state) => {
      this.connection = state;
      if (state.kind === 'open') void this.#load();
    });
  }

  /** Does what a desktop window's menu asks for. Call in an effect. */
  listenToHost(): () => void {
    return this.host.subscribe('app.requests', {}, { onEvent: (request) => this.#answer(request) });
  }

  /** Lets the user choose a folder on the host, where that is possible, else leads to the page. */
  async pickDataset(): Promise<void> {
    this.router.go({ page: 'datasets' });
    if (this.system.info?.capabilities.pickFolder !== true) return;
    const { path } = await this.host.call('app.pickFolder', { title: 'Open a dataset' });
    if (path !== null) this.incoming.open(path);
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

  /** Subscriptions come back by themselves after a loss; what was missed is listed again. */
  async #load(): Promise<void> {
    if (!this.#isListening) {
      this.#isListening = true;
      const onEnd = (error: Error | undefined): void => {
        if (error !== undefined && this.connection.kind === 'open') {
          this.#tell('Live updates have stopped; reload the page', error);
        }
      };
      this.runs.start(onEnd);
      this.system.start(onEnd);
    }
    this.incoming.goOn();
    await this.attempt('The library could not be read', async () => {
      await this.settings.load();
      await Promise.all([this.runs.load(), this.system.load()]);
    });
  }

  #answer(request: HostRequest): void {
    switch (request.kind) {
      case 'show':
        this.router.go({ page: request.page === 'newRun' ? 'new' : request.page });
        return;
      case 'pickDataset':
        void this.attempt('The dialog could not be opened', () => this.pickDataset());
        return;
      case 'palette':
        this.actions.isPaletteOpen = true;
        return;
      case 'shortcuts':
        this.actions.areShortcutsOpen = true;
        return;
      case 'theme':
        this.settings.setTheme(request.theme);
        return;
      case 'open':
        this.incoming.open(request.path);
        return;
      case 'note':
        this.toasts.show({ title: request.message });
    }
  }

  #tell(title: string, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    this.toasts.show({ title, text, tone: 'bad' });
  }
}

export const [getApp, setApp] = createContext<App>();
