// Dark or light, as chosen or as the system says, and written where the stylesheet reads it.
import type { SettingsStore } from './settings.svelte.ts';

export class Theme {
  #system: 'dark' | 'light' = $state('light');
  readonly #settings: SettingsStore;

  constructor(window: Window, settings: SettingsStore) {
    this.#settings = settings;
    const query = window.matchMedia('(prefers-color-scheme: dark)');
    this.#system = query.matches ? 'dark' : 'light';
    query.addEventListener('change', () => {
      this.#system = query.matches ? 'dark' : 'light';
    });
  }

  /** What is shown: rebuild canvases when it changes. */
  get effective(): 'dark' | 'light' {
    const { theme } = this.#settings;
    return theme === 'system' ? this.#system : theme;
  }

  /** Call in an effect. */
  apply(root: HTMLElement): void {
    root.dataset['theme'] = this.effective;
  }
}
