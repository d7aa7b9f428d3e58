// Short notes on things that finished elsewhere. Errors of what the user is doing stand where it is done.

export interface Toast {
  readonly id: number;
  readonly title: string;
  readonly text?: string;
  readonly tone?: 'plain' | 'good' | 'bad';
  readonly action?: { readonly label: string; readonly run: () => void };
}

const SHOWN_MS = 7_000;
/** There is something to decide, perhaps with the keyboard, or reasons to read. */
const SHOWN_LONG_MS = 20_000;

export class Toasts {
  list: readonly Toast[] = $state.raw([]);
  #nextId = 1;

  /** The id, to dismiss it before its time. */
  show(toast: Omit<Toast, 'id'>): number {
    const id = this.#nextId++;
    this.list = [...this.list.slice(-3), { ...toast, id }];
    const isLong = toast.action !== undefined || toast.tone === 'bad';
    const shownMs = isLong ? SHOWN_LONG_MS : SHOWN_MS;
    setTimeout(() => this.dismiss(id), shownMs);
    return id;
  }

  /** Does what the newest note offers that offers something. */
  accept(): void {
    const toast = this.list.findLast(({ action }) => action !== undefined);
    if (toast?.action === undefined) return;
    toast.action.run();
    this.dismiss(toast.id);
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}
