// Settings and what pages remember of their views (columns, splitters …), kept by the host per library.
// A copy in the browser's storage lets the first paint look right before the host has answered, and
// keeps what was changed too shortly before the page was closed to reach the host.
import type { Settings } from '../../shared/contract/app/system.ts';
import type { Host } from '../client/host.ts';

export type Theme = Settings['theme'];

/** A remembered value: reading is reactive, writing saves soon. */
export interface View<T> {
  value: T;
}

const COPY_KEY = 'resnet-lab.settings';
const SAVE_DELAY_MS = 400;

export class SettingsStore {
  theme: Theme = $state('system');
  #views: Readonly<Record<string, unknown>> = $state.raw({});
  readonly #host: Host;
  readonly #storage: Storage;
  readonly #onError: (error: unknown) => void;
  #unsaved: Record<string, unknown> = {};
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: {
    readonly host: Host;
    readonly storage: Storage;
    readonly onError: (error: unknown) => void;
  }) {
    this.#host = options.host;
    this.#storage = options.storage;
    this.#onError = options.onError;
    this.#readCopy();
  }

  async load(): Promise<void> {
    const settings = await this.#host.call('app.settings', {});
    this.theme = settings.theme;
    this.#views = { ...settings.views, ...this.#unsaved };
    this.#writeCopy();
    if (Object.keys(this.#unsaved).length > 0) this.#save();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.#writeCopy();
    this.#host.call('app.changeSettings', { theme }).catch(this.#onError);
  }

  /** What was remembered under `key`, or `initial`. Objects get fields that are new since then. */
  view<T>(key: string, initial: T): View<T> {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the accessors below have their own
    const store = this;
    return {
      get value() {
        return merged(store.#views[key], initial);
      },
      set value(value: T) {
        store.#remember(key, value);
      },
    };
  }

  #remember(key: string, value: unknown): void {
    this.#views = { ...this.#views, [key]: value };
    this.#unsaved[key] = value;
    this.#writeCopy();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#save(), SAVE_DELAY_MS);
  }

  #save(): void {
    const views = this.#unsaved;
    this.#unsaved = {};
    this.#host.call('app.changeSettings', { views }).then(() => this.#writeCopy(), this.#onError);
  }

  #readCopy(): void {
    try {
      const copy = JSON.parse(this.#storage.getItem(COPY_KEY) ?? '{}') as Partial<Settings>;
      if (copy.theme !== undefined) this.theme = copy.theme;
      if (typeof copy.views === 'object') this.#views = copy.views;
      if (isRecord(copy['unsaved'])) this.#unsaved = copy['unsaved'];
    } catch {
      this.#storage.removeItem(COPY_KEY); // only a copy: the host has the settings
    }
  }

  #writeCopy(): void {
    const copy = { theme: this.theme, views: this.#views, unsaved: this.#unsaved };
    this.#storage.setItem(COPY_KEY, JSON.stringify(copy));
  }
}

function merged<T>(remembered: unknown, initial: T): T {
  if (remembered === undefined) return initial;
  if (!isRecord(initial) || !isRecord(remembered)) return remembered as T;
  return { ...initial, ...remembered };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
