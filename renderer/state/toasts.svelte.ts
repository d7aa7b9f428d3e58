// Short notes on things that finished elsewhere. Errors of what the user is doing stand where it is done.

export interface Toast {
  readonly id: number;
  readonly title: string;
  readonly text?: string;
  readonly tone?: 'plain' | 'good' | 'bad';
  readonly action?: { readonly label: string; readonly run: () => void };
}

/** The word on the button of a note about something that can be undone. */
export const UNDO = 'Undo';

const SHOWN_MS = 7_000;
/** There is something to decide, perhaps with the keyboard, or reasons to read. */
const SHOWN_LONG_MS = 20_000;

export class Toasts {
  list: readonly Toast[] = $state.raw([]);
  #nextId = 1;
  /** The newest note that offers to undo something: it can be taken up after the note has gone. */
  #undo: Toast | undefined;

  /** The id, to dismiss it before its time. */
  show(toast: Omit<Toast, 'id'>): number {
    const id = this.#nextId++;
    const shown = { ...toast, id };
    this.list = [...this.list.slice(-3), shown];
    if (toast.action?.label === UNDO) this.#undo = shown;
    const isLong = toast.action !== undefined || toast.tone === 'bad';
    const shownMs = isLong ? SHOWN_LONG_MS : SHOWN_MS;
    setTimeout(() => this.dismiss(id), shownMs);
    return id;
  }

  /** Does what the newest note offers that offers something; without one, undoes what was done last. */
  accept(): void {
    const toast = this.list.findLast(({ action }) => action !== undefined) ?? this.#undo;
    if (toast !== undefined) this.take(toast);
  }

  /** Does what a note offers, once. */
  take(toast: Toast): void {
    if (this.#undo?.id === toast.id) this.#undo = undefined;
    this.dismiss(toast.id);
    toast.action?.run();
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}
