// Everything that can be done from here: the command palette lists it, shortcuts start it. Pages add
// theirs while they are shown.
import { untrack, type Component } from 'svelte';
import { pressText, type KeyPress } from './shortcut.ts';

export interface Action {
  readonly id: string;
  readonly title: string;
  /** Heading in the palette and in the list of shortcuts. */
  readonly section: string;
  readonly shortcut?: string;
  readonly icon?: Component;
  /** Further words by which it is found. */
  readonly keywords?: string;
  readonly run: () => void;
}

const SEQUENCE_MS = 900;

export class Actions {
  list: readonly Action[] = $state.raw([]);
  isPaletteOpen = $state(false);
  areShortcutsOpen = $state(false);
  readonly isMac: boolean;
  #pending = '';
  #pendingAt = 0;

  constructor(options: { readonly isMac: boolean }) {
    this.isMac = options.isMac;
  }

  /** Returns what takes them away again: `$effect(() => app.actions.register([…]))`. */
  register(actions: readonly Action[]): () => void {
    // The effect that registers must not depend on what others have registered.
    this.list = [...untrack(() => this.list), ...actions];
    return () => {
      this.list = untrack(() => this.list).filter((action) => !actions.includes(action));
    };
  }

  /** True if a shortcut took the press. Nothing is taken while the user types, but for `mod+…`. */
  onKey(press: KeyPress, options: { readonly isTyping: boolean; readonly nowMs: number }): boolean {
    const text = pressText(press, this.isMac);
    if (text === undefined || (options.isTyping && !text.startsWith('mod+'))) return false;
    const isSequence = options.nowMs - this.#pendingAt < SEQUENCE_MS && this.#pending !== '';
    const sequence = isSequence ? `${this.#pending} ${text}` : text;
    const found =
      this.list.findLast((action) => action.shortcut === sequence) ??
      this.list.findLast((action) => action.shortcut === text);
    this.#pending = text;
    this.#pendingAt = options.nowMs;
    if (found === undefined) return false;
    this.#pending = '';
    found.run();
    return true;
  }
}
